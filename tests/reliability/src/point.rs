//! Where an engine ends.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A call of the engine that changes something: the `count`th of its method in its environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The method, `trait.method`.
    pub method: String,
    /// The environment's name, where the call is about one.
    pub environment: Option<String>,
    /// Counts from 1.
    pub count: u32,
}

impl Place {
    /// True if something is done there, and not only written down.
    pub fn is_operation(&self) -> bool {
        ["runtime.", "routes.", "runner."].iter().any(|part| self.method.starts_with(part))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.method)?;
        if let Some(environment) = &self.environment {
            write!(f, "[{environment}]")?;
        }
        write!(f, " #{}", self.count)
    }
}

/// A moment of a place. Its text (`journal.append #7 before`) names the same point in every run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The call.
    pub place: Place,
    /// When.
    pub moment: Moment,
}

impl Point {
    /// The points of a place: before it, inside it and after it. There are several ways to be inside;
    /// neighbouring places take turns, and `shift` says which of them begins.
    pub fn of(place: &Place, shift: u32, insides: &[Moment]) -> [Self; 3] {
        let turn = (place.count + shift) as usize % insides.len().max(1);
        let inside = insides.get(turn).copied().unwrap_or(Moment::Begun);
        [Moment::Before, inside, Moment::After].map(|moment| Self { place: place.clone(), moment })
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.moment.as_str())
    }
}

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split(' ');
        let (Some(call), Some(count), Some(moment), None) = (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(format!("{text:?} is not `METHOD[ENVIRONMENT] #COUNT MOMENT`"));
        };
        let (method, environment) = match call.strip_suffix(']').and_then(|call| call.split_once('[')) {
            Some((method, environment)) => (method, Some(environment.to_owned())),
            None => (call, None),
        };
        let count = count.strip_prefix('#').and_then(|count| count.parse().ok());
        let count = count.ok_or_else(|| format!("{text:?} counts nothing"))?;
        let moment = Moment::ALL.into_iter().find(|known| known.as_str() == moment);
        let moment = moment.ok_or_else(|| format!("{text:?} ends in no moment"))?;
        Ok(Self { place: Place { method: method.to_owned(), environment, count }, moment })
    }
}

/// A moment of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Nothing of it was done.
    Before,
    /// It was polled once: perhaps nobody was told yet.
    Begun,
    /// A millisecond later: whoever does it is at it, or has just done it.
    Sent,
    /// A while later: whoever takes some time for it was told, and is at it.
    Amid,
    /// Its answer was there, and nobody has made anything of it.
    After,
}

impl Moment {
    const ALL: [Self; 5] = [Self::Before, Self::Begun, Self::Sent, Self::Amid, Self::After];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Begun => "begun",
            Self::Sent => "sent",
            Self::Amid => "amid",
            Self::After => "after",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_read_back_from_its_text() {
        for text in ["journal.append #7 before", "runtime.perform[one] #12 sent", "builder.build #1 after"] {
            let point: Point = text.parse().expect("it is a point");
            assert_eq!(point.to_string(), text);
        }
        for text in ["journal.append", "journal.append 7 before", "journal.append #7 never", "a b c d"] {
            assert!(text.parse::<Point>().is_err(), "{text}");
        }
    }

    #[test]
    fn all_ways_of_being_inside_take_turns() {
        let insides = [Moment::Amid, Moment::Begun, Moment::Sent];
        let inside = |count, shift| {
            let place = Place { method: "m".to_owned(), environment: None, count };
            Point::of(&place, shift, &insides)[1].moment
        };
        assert_eq!([1, 2, 3].map(|count| inside(count, 0)), [Moment::Begun, Moment::Sent, Moment::Amid]);
        assert_ne!(inside(1, 0), inside(1, 1));
    }
}
