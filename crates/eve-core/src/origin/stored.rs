//! The stored form of origins: grouped by where they lead, since most of them lead into one file.
//!
//! `[{"file": {"name": "a.yaml", "at": {"services.web": "3:5"}}}, {"default": ["services.web.replicas"]}]`. The form
//! before it, a map from paths to origins, is read as well.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::{Known, Origin, Origins};

/// The values that come from one place.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Group<P: Ord> {
    File(InFile<P>),
    Override(InFile<P>),
    Variable(OfVariable<P>),
    Default(Vec<P>),
    Platform(Vec<P>),
    Code(Vec<P>),
}

/// Where values stand in one file.
#[derive(Serialize, Deserialize)]
struct InFile<P: Ord> {
    name: Arc<str>,
    at: BTreeMap<P, Place>,
}

/// Where the value of one variable is asked for in one file.
#[derive(Serialize, Deserialize)]
struct OfVariable<P: Ord> {
    variable: Arc<str>,
    #[serde(flatten)]
    places: InFile<P>,
}

/// A variable, and the file that asks for its value.
type Variable<'o> = (&'o Arc<str>, &'o Arc<str>);

/// A line and a column: `3:5`.
#[derive(Clone, Copy)]
struct Place {
    line: u32,
    column: u32,
}

impl Serialize for Origins {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut files: BTreeMap<&Arc<str>, BTreeMap<Cow<'_, str>, Place>> = BTreeMap::new();
        let mut overrides = files.clone();
        let mut variables: BTreeMap<Variable<'_>, BTreeMap<Cow<'_, str>, Place>> = BTreeMap::new();
        let (mut default, mut platform, mut code) = (Vec::new(), Vec::new(), Vec::new());
        for (path, origin) in self.iter() {
            match origin {
                Origin::File { file, line, column } => {
                    files.entry(file).or_default().insert(path, Place { line: *line, column: *column });
                }
                Origin::Override { file, line, column } => {
                    overrides.entry(file).or_default().insert(path, Place { line: *line, column: *column });
                }
                Origin::Variable { name, file, line, column } => {
                    variables.entry((name, file)).or_default().insert(path, Place { line: *line, column: *column });
                }
                Origin::Default => default.push(path),
                Origin::Platform => platform.push(path),
                Origin::Code => code.push(path),
            }
        }
        let in_file = |(name, at): (&Arc<str>, _)| InFile { name: Arc::clone(name), at };
        let files = files.into_iter().map(|file| Group::File(in_file(file)));
        let overrides = overrides.into_iter().map(|file| Group::Override(in_file(file)));
        let of_variable = |((variable, file), at): (Variable<'_>, _)| {
            Group::Variable(OfVariable { variable: Arc::clone(variable), places: in_file((file, at)) })
        };
        let overrides = overrides.chain(variables.into_iter().map(of_variable));
        let others = [Group::Default(default), Group::Platform(platform), Group::Code(code)];
        serializer.collect_seq(files.chain(overrides).chain(others).filter(|group| !group.is_empty()))
    }
}

impl<'de> Deserialize<'de> for Origins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EitherForm)
    }
}

/// Reads this form and the one before it.
struct EitherForm;

impl<'de> Visitor<'de> for EitherForm {
    type Value = Origins;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("groups of origins, or a map of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut groups: A) -> Result<Origins, A::Error> {
        let mut origins = BTreeMap::new();
        while let Some(group) = groups.next_element::<Group<String>>()? {
            match group {
                Group::File(InFile { name, at }) => {
                    origins.extend(at.into_iter().map(|(path, Place { line, column })| {
                        (path, Origin::File { file: Arc::clone(&name), line, column })
                    }));
                }
                Group::Override(InFile { name, at }) => {
                    origins.extend(at.into_iter().map(|(path, Place { line, column })| {
                        (path, Origin::Override { file: Arc::clone(&name), line, column })
                    }));
                }
                Group::Variable(OfVariable { variable, places: InFile { name, at } }) => {
                    origins.extend(at.into_iter().map(|(path, Place { line, column })| {
                        (path, Origin::Variable { name: Arc::clone(&variable), file: Arc::clone(&name), line, column })
                    }));
                }
                Group::Default(paths) => origins.extend(paths.into_iter().map(|path| (path, Origin::Default))),
                Group::Platform(paths) => origins.extend(paths.into_iter().map(|path| (path, Origin::Platform))),
                Group::Code(paths) => origins.extend(paths.into_iter().map(|path| (path, Origin::Code))),
            }
        }
        Ok(Origins(Arc::new(Known { single: origins, ..Known::default() })))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut before: A) -> Result<Origins, A::Error> {
        let mut origins = BTreeMap::new();
        while let Some((path, origin)) = before.next_entry()? {
            origins.insert(path, origin);
        }
        Ok(Origins(Arc::new(Known { single: origins, ..Known::default() })))
    }
}

impl<P: Ord> Group<P> {
    fn is_empty(&self) -> bool {
        match self {
            Self::File(file) | Self::Override(file) => file.at.is_empty(),
            Self::Variable(variable) => variable.places.at.is_empty(),
            Self::Default(paths) | Self::Platform(paths) | Self::Code(paths) => paths.is_empty(),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}:{}", self.line, self.column))
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Place;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a line and a column, like 3:5")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Place, E> {
                let place = text
                    .split_once(':')
                    .and_then(|(line, column)| Some(Place { line: line.parse().ok()?, column: column.parse().ok()? }));
                place.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_file(line: u32, column: u32) -> Origin {
        Origin::File { file: "a.yaml".into(), line, column }
    }

    #[test]
    fn origins_are_stored_by_file_and_read_back() {
        let mut origins = Origins::default();
        origins.insert("services.web", in_file(3, 5));
        origins.insert("services.web.image", in_file(4, 12));
        origins.insert("services.web.ports.0", Origin::Override { file: "b.yaml".into(), line: 1, column: 2 });
        let variable = |line| Origin::Variable { name: "PORT".into(), file: "a.yaml".into(), line, column: 7 };
        origins.insert("services.web.ports.1", variable(8));
        origins.insert("services.api.ports.0", variable(9));
        origins.insert("services.web.replicas", Origin::Default);
        origins.insert("services.web.environment.EVE_ORG_ID", Origin::Platform);
        origins.insert("services.api", Origin::Code);
        let stored = serde_json::to_string(&origins).unwrap();
        let expected = concat!(
            r#"[{"file":{"name":"a.yaml","at":{"services.web":"3:5","services.web.image":"4:12"}}},"#,
            r#"{"override":{"name":"b.yaml","at":{"services.web.ports.0":"1:2"}}},"#,
            r#"{"variable":{"variable":"PORT","name":"a.yaml","at":{"services.api.ports.0":"9:7","services.web.ports.1":"8:7"}}},"#,
            r#"{"default":["services.web.replicas"]},"#,
            r#"{"platform":["services.web.environment.EVE_ORG_ID"]},{"code":["services.api"]}]"#,
        );
        assert_eq!(stored, expected);
        assert_eq!(serde_json::from_str::<Origins>(&stored).unwrap(), origins);
        assert_eq!(serde_json::to_string(&Origins::default()).unwrap(), "[]");
    }

    #[test]
    fn the_form_before_is_read() {
        let stored = r#"{"services.web":{"column":5,"file":"a.yaml","from":"file","line":3},"x":{"from":"default"}}"#;
        let origins: Origins = serde_json::from_str(stored).unwrap();
        assert_eq!(origins.of("services.web"), &in_file(3, 5));
        assert_eq!(origins.of("x"), &Origin::Default);
        assert_eq!(origins.iter().count(), 2);
        assert_eq!(serde_json::from_str::<Origins>("{}").unwrap(), Origins::default());
    }

    #[test]
    fn a_place_that_is_none_is_refused() {
        for place in ["", "3", "3:", ":5", "3:5:7", "-1:2", "a:b"] {
            let stored = format!(r#"[{{"file":{{"name":"a.yaml","at":{{"x":"{place}"}}}}}}]"#);
            assert!(serde_json::from_str::<Origins>(&stored).is_err(), "{place}");
        }
    }
}
