//! Places of a container at which nothing can be put before it starts.

use eve_core::desired::{Mount, Service};
use eve_core::{AbsolutePath, Error, PlacedFiles, Result, codes};

/// Places that are not the container's own. What is put there before the container starts would be hidden, or
/// written into what is mounted there.
#[derive(Debug)]
pub(crate) struct Places(Vec<(AbsolutePath, String)>);

impl Places {
    /// Those at which the engine puts its own.
    fn of_engine() -> Self {
        const OWN: [&str; 6] = ["/dev", "/proc", "/sys", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];
        let mut places = Self(Vec::new());
        for own in OWN {
            places.add(own, "where the engine puts its own");
        }
        places
    }

    /// Those of a service's container.
    pub(crate) fn of_service(service: &Service) -> Self {
        let mut places = Self::of_engine();
        for Mount { volume, target, .. } in &service.mounts {
            places.add(target, &format!("in volume {volume}, and would stay there"));
        }
        for bind in &service.host.binds {
            places.add(bind.target.as_str(), "in a folder of the host, and would stay there");
        }
        places
    }

    /// Those of an attempt's container, which finds a folder for what it leaves at `artifacts`.
    pub(crate) fn of_attempt(artifacts: &str) -> Self {
        let mut places = Self::of_engine();
        places.add(artifacts, "in the folder of what the attempt leaves");
        places
    }

    /// Adds a place, with where that is. One that is no path is refused when it is mounted.
    pub(crate) fn add(&mut self, place: &str, whose: &str) {
        // The engine takes ways up out of a path by its text.
        let root = AbsolutePath::new("/").expect("it is absolute");
        if let Ok(place) = root.join(place.trim_start_matches('/')) {
            self.0.push((place, whose.to_owned()));
        }
    }

    /// Why nothing can be put at a place; none if it can.
    pub(crate) fn obstacle(&self, target: &str) -> Option<String> {
        match AbsolutePath::new(target) {
            Ok(path) if path.as_str() != "/" => {
                let (_, whose) = self.0.iter().find(|(place, _)| path.is_within(place))?;
                Some(format!("`{path}` is {whose}"))
            }
            _ => Some(format!("`{}` is no absolute path of a file", target.escape_debug())),
        }
    }

    /// Why some files cannot be put where they are wanted, by the first that cannot; none if all can.
    pub(crate) fn obstacle_of(&self, files: &PlacedFiles) -> Option<String> {
        self.obstacle(&files.target).or_else(|| {
            let mut found = files.tree.files().filter_map(|(path, _)| {
                let path = path?;
                self.obstacle(&format!("{}/{path}", files.target))
            });
            let first = found.next()?;
            match found.count() {
                0 => Some(first),
                more => Some(format!("{first}; and {more} more of them cannot be put in place")),
            }
        })
    }

    /// Fails if files of an attempt cannot be put where they are wanted.
    ///
    /// # Errors
    /// `plan.refused`, naming all of them.
    pub(crate) fn admit(&self, name: &str, files: &[PlacedFiles]) -> Result<()> {
        let refused = |why| {
            Error::invalid(codes::PLAN_REFUSED, format!("{name} cannot be given its files: {why}"))
                .with_hint("give them another target")
        };
        let all = files.iter().filter_map(|files| self.obstacle_of(files)).map(refused).collect();
        Error::several(all).map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use eve_core::desired::{Bind, ImageRef, Source};
    use eve_core::{FileBlob, FileTree, SourcePath, VolumeName};

    use super::*;

    fn service(volume: &str) -> Service {
        let mut service = Service::new(Source::Image(ImageRef::new("web:1").unwrap()));
        service.mounts.push(Mount::new(VolumeName::new("data").unwrap(), volume));
        service
    }

    fn folder(target: &str, paths: &[&str]) -> PlacedFiles {
        let files = paths.iter().map(|path| (SourcePath::new(*path).unwrap(), FileBlob::of(b"")));
        PlacedFiles::new(target, FileTree::Folder(files.collect()))
    }

    #[test]
    fn what_would_stay_or_be_hidden_is_not_put_there_however_it_is_spelled() {
        for volume in ["/data/", "//data", "/x/../data", "/./data"] {
            let places = Places::of_service(&service(volume));
            for bad in [
                "/data",
                "/data/a",
                "//data/a",
                "/data/.",
                "/./data",
                "/proc/x",
                "/dev",
                "/etc/hosts",
                "/etc//hosts/",
                "a",
                "/",
                "//",
                "/a/../b",
                "",
            ] {
                assert!(places.obstacle(bad).is_some(), "{bad} beside {volume}");
            }
            for good in ["/database", "/etc/app.toml", "/etc/hosts.d/a", "/devices/", "/run/secrets/a", "/./a"] {
                assert_eq!(places.obstacle(good), None, "{good} beside {volume}");
            }
        }
    }

    #[test]
    fn every_file_of_a_folder_is_looked_at() {
        let mut service = service("/app/data");
        let path = |text: &str| AbsolutePath::new(text).unwrap();
        service.host.binds.push(Bind::new(path("/srv"), path("/app/host")));
        let places = Places::of_service(&service);
        assert_eq!(places.obstacle_of(&folder("/app", &["a", "database/b"])), None);
        for (target, files) in [
            ("/app", ["a", "data/seed.json"]),
            ("/app/", ["a", "host/seed.json"]),
            ("/etc", ["a", "hosts"]),
            ("/etc/.", ["a", "resolv.conf"]),
        ] {
            let why = places.obstacle_of(&folder(target, &files)).unwrap();
            assert!(why.contains(files[1]), "{why}");
        }
        let why = places.obstacle_of(&folder("/app", &["data/a", "data/b", "host/c"])).unwrap();
        assert!(why.contains("`/app/data/a`") && why.contains("2 more"), "{why}");
    }

    #[test]
    fn what_an_attempt_leaves_is_only_its_own() {
        let places = Places::of_attempt("/eve/artifacts");
        assert!(places.admit("job", &[folder("/eve", &["a"])]).is_ok());
        let bad = [folder("/eve", &["artifacts/a"]), folder("/eve/artifacts", &["b"]), folder("/c", &["d"])];
        let error = places.admit("job", &bad).unwrap_err();
        assert_eq!(error.code(), &codes::PLAN_REFUSED);
        assert!(error.to_string().contains("artifacts/a") && !error.to_string().contains("/c"), "{error}");
    }
}
