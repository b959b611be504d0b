//! The names that built images have on the engine. Pure.

use eve_core::{Digest, naming};

use crate::config::Owner;

/// How many digits of an id stand in a name.
const DIGITS: usize = 24;
/// Stands for the id of what an image was built on, where that was nothing, or is not known.
const NOTHING: &str = "scratch";
const UNKNOWN: &str = "unknown";

/// What an image was built on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Base {
    /// An image: the beginning of its id.
    Image(String),
    Nothing,
    Unknown,
}

/// The name that Eve gives an image that it built: the image's own, and what it was built on. So whoever
/// lists it knows how much of it is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnName {
    id: String,
    pub(super) base: Base,
}

impl OwnName {
    pub(super) fn new(id: &Digest, base: Base) -> Self {
        Self { id: id.short(DIGITS), base }
    }

    /// Where an owner's images are named.
    pub(super) fn repository(owner: &Owner) -> String {
        format!("eve-built/{}", naming::label(owner.as_str()))
    }

    pub(super) fn tag(&self) -> String {
        let base = match &self.base {
            Base::Image(id) => id,
            Base::Nothing => NOTHING,
            Base::Unknown => UNKNOWN,
        };
        format!("{}-{base}", self.id)
    }

    /// Reads a name of an owner's back; none if somebody else gave it.
    pub(super) fn read(owner: &Owner, name: &str) -> Option<Self> {
        let tag = name.strip_prefix(&Self::repository(owner))?.strip_prefix(':')?;
        let (id, base) = tag.split_once('-')?;
        let base = match base {
            NOTHING => Base::Nothing,
            UNKNOWN => Base::Unknown,
            base => Base::Image(base.to_owned()).checked()?,
        };
        is_id(id).then(|| Self { id: id.to_owned(), base })
    }

    /// How many of an image's steps, the youngest first and by the ids of what they made, are its own.
    pub(super) fn own_steps<'a>(&self, ids: impl Iterator<Item = &'a str>) -> usize {
        let ids: Vec<_> = ids.map(|id| id.strip_prefix("sha256:").unwrap_or(id)).collect();
        match &self.base {
            Base::Image(base) => ids.iter().position(|id| id.starts_with(base)).unwrap_or(1),
            Base::Nothing => ids.len(),
            Base::Unknown => 1,
        }
    }
}

impl Base {
    fn checked(self) -> Option<Self> {
        match &self {
            Self::Image(id) if !is_id(id) => None,
            _ => Some(self),
        }
    }
}

fn is_id(text: &str) -> bool {
    text.len() >= 12 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Reads from a build's lines what the image is built on: what is told after its last `FROM`.
#[derive(Debug, Default)]
pub(super) struct Bases {
    /// The last `FROM`, while nothing was told after it.
    asked: Option<String>,
    last: Option<Base>,
}

impl Bases {
    pub(super) fn note(&mut self, line: &str) {
        if line.starts_with("Step ") {
            let what = line.split(" : ").nth(1).map(str::to_lowercase).unwrap_or_default();
            if let Some(from) = what.strip_prefix("from ") {
                let nothing = from.split_whitespace().next() == Some(NOTHING);
                self.last = Some(if nothing { Base::Nothing } else { Base::Unknown });
                self.asked = (!nothing).then(|| from.to_owned());
            } else {
                self.asked = None;
            }
        } else if let Some(id) = line.strip_prefix(" ---> ")
            && self.asked.take().is_some()
        {
            self.last = Base::Image(id.trim().to_owned()).checked().or(Some(Base::Unknown));
        }
    }

    pub(super) fn into_last(self) -> Base {
        self.last.unwrap_or(Base::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(lines: &[&str]) -> Base {
        let mut bases = Bases::default();
        for line in lines {
            bases.note(line);
        }
        bases.into_last()
    }

    fn image(digit: &str) -> Base {
        Base::Image(digit.repeat(12))
    }

    #[test]
    fn a_name_is_read_by_its_owner_alone() {
        let (ours, others) = (Owner::new("Ours").unwrap(), Owner::new("others").unwrap());
        for base in [image("a"), Base::Nothing, Base::Unknown] {
            let name = OwnName::new(&Digest::of("image"), base);
            let full = format!("{}:{}", OwnName::repository(&ours), name.tag());
            assert_eq!(OwnName::read(&ours, &full), Some(name), "{full}");
            assert_eq!(OwnName::read(&others, &full), None);
        }
        for tag in ["latest", "aaaaaaaaaaaa-other", "aaaa-scratch"] {
            assert_eq!(OwnName::read(&ours, &format!("{}:{tag}", OwnName::repository(&ours))), None);
        }
    }

    #[test]
    fn what_it_was_built_on_is_none_of_its_steps_and_what_is_not_known_is_not_guessed() {
        let ids: Vec<_> = ["c", "b", "a", "9"].iter().map(|digit| format!("sha256:{}", digit.repeat(64))).collect();
        let own = |base| OwnName::new(&Digest::of("image"), base).own_steps(ids.iter().map(String::as_str));
        assert_eq!((own(image("a")), own(image("f")), own(Base::Nothing), own(Base::Unknown)), (2, 1, 4, 1));
    }

    #[test]
    fn an_image_is_built_on_what_its_last_from_names() {
        let (one, two) = ("Step 1/4 : FROM a:1", "Step 3/4 : FROM b:1 AS last");
        let copy = ["Step 2/4 : COPY a /", " ---> cccccccccccc"];
        assert_eq!(base(&[one, " ---> aaaaaaaaaaaa", copy[0], copy[1]]), image("a"));
        let stages = [one, " ---> aaaaaaaaaaaa", copy[0], copy[1], two, " ---> bbbbbbbbbbbb", copy[0], copy[1]];
        assert_eq!(base(&stages), image("b"));
        assert_eq!(base(&["Step 1/2 : FROM scratch", " ---> ", copy[0], copy[1]]), Base::Nothing);
        assert_eq!(base(&["Step 1/2 : FROM scratch", copy[0], copy[1]]), Base::Nothing);
        assert_eq!(base(&[one, "something new", copy[0], copy[1]]), Base::Unknown);
    }
}
