//! Where the files of a workload stand, and whether all of them can.

use std::collections::{BTreeMap, BTreeSet};

use super::{Desired, FileMount, FileSource, SecretFile};
use crate::{AbsolutePath, Error, FileTree, Origins, Result, ServiceName, SourcePath, codes};

impl Desired {
    /// Refuses files of a workload of which two would stand at one place, or one within the other: files and
    /// folders of the project, texts, and secrets. `kept` is what the project's files hold.
    ///
    /// **Behaviour**
    /// - what is put into a folder of the project stands beside the files that the folder has there;
    /// - a place that is asked for twice is refused, also where two folders share no file;
    /// - targets that are no paths, and files of which nothing is kept, are somebody else's to tell.
    ///
    /// # Errors
    /// `file.conflict`, naming all of them, each with both places.
    pub fn check_files(&self, kept: &BTreeMap<SourcePath, FileTree>) -> Result<()> {
        let mut wrong = Vec::new();
        for (name, service) in &self.services {
            let mut places = FilePlaces::of(name, &service.files, kept);
            places.add_secrets(name, &service.secrets);
            wrong.extend(places.conflicts(&self.origins));
        }
        for (name, job) in &self.jobs {
            wrong.extend(FilePlaces::of(name, &job.files, kept).conflicts(&self.origins));
        }
        Error::several(wrong).map_or(Ok(()), Err)
    }
}

/// Every file of one workload, by who asks for it.
#[derive(Debug, Default)]
struct FilePlaces {
    /// Where in the target state they are asked for.
    owners: Vec<String>,
    /// What is asked for, each with the number of its owner.
    targets: Vec<(AbsolutePath, usize)>,
    /// The files that come of it.
    files: Vec<(AbsolutePath, usize)>,
}

impl FilePlaces {
    fn of(name: &ServiceName, mounts: &[FileMount], kept: &BTreeMap<SourcePath, FileTree>) -> Self {
        let mut places = Self::default();
        for (i, mount) in mounts.iter().enumerate() {
            let Some(owner) = places.add_target(format!("services.{name}.files.{i}"), &mount.target) else { continue };
            match &mount.source {
                FileSource::Text { .. } => places.add_file(&mount.target, owner),
                FileSource::Project(path) => {
                    for (below, _) in kept.get(path).into_iter().flat_map(FileTree::files) {
                        let below = below.map(|below| format!("/{below}")).unwrap_or_default();
                        places.add_file(&format!("{}{below}", mount.target), owner);
                    }
                }
            }
        }
        places
    }

    fn add_secrets(&mut self, name: &ServiceName, secrets: &[SecretFile]) {
        for (i, secret) in secrets.iter().enumerate() {
            if let Some(owner) = self.add_target(format!("services.{name}.secrets.{i}"), &secret.target) {
                self.add_file(&secret.target, owner);
            }
        }
    }

    /// The number of a new owner; none if its target is no path.
    fn add_target(&mut self, owner: String, target: &str) -> Option<usize> {
        let target = AbsolutePath::new(target).ok()?;
        self.owners.push(owner);
        let number = self.owners.len() - 1;
        self.targets.push((target, number));
        Some(number)
    }

    fn add_file(&mut self, path: &str, owner: usize) {
        self.files.extend(AbsolutePath::new(path).ok().map(|path| (path, owner)));
    }

    /// What cannot stand together, each two owners once.
    fn conflicts(mut self, origins: &Origins) -> Vec<Error> {
        sort(&mut self.targets);
        sort(&mut self.files);
        let mut told = BTreeSet::new();
        let same = self.targets.windows(2).filter(|two| two[0].0 == two[1].0);
        // In this order, whatever lies within a file follows it.
        let within = self.files.windows(2).filter(|two| two[1].0.is_within(&two[0].0));
        let both = same.chain(within).filter_map(|two| {
            let ((outer, a), (inner, b)) = (&two[0], &two[1]);
            told.insert((*a.min(b), *a.max(b))).then(|| {
                let owner = |number: usize| format!("{}, {}", self.owners[number], origins.of(&self.owners[number]));
                let text = if outer == inner {
                    format!("two files would stand at {outer} ({}; {})", owner(*a), owner(*b))
                } else {
                    format!("{inner} ({}) would lie within the file {outer} ({})", owner(*b), owner(*a))
                };
                Error::invalid(codes::FILE_CONFLICT, text).with_hint("give one of them another target")
            })
        });
        both.collect()
    }
}

/// Sorts part by part, so that a path is followed by everything below it.
fn sort(paths: &mut [(AbsolutePath, usize)]) {
    paths.sort_by(|(a, i), (b, j)| a.parts().cmp(b.parts()).then(i.cmp(j)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::{ImageRef, Job, Process, Service, Source};
    use crate::{EnvironmentId, FileBlob, Origin, SecretName};

    fn path(text: &str) -> SourcePath {
        SourcePath::new(text).unwrap()
    }

    fn project(source: &str, target: &str) -> FileMount {
        FileMount::new(path(source), target)
    }

    fn secret(target: &str) -> SecretFile {
        SecretFile::new(SecretName::new("TOKEN").unwrap()).with_target(target)
    }

    fn desired(files: Vec<FileMount>, secrets: Vec<SecretFile>) -> Desired {
        let mut desired = Desired::empty(EnvironmentId::parse("acme/shop/prod").unwrap());
        let mut web = Service::new(Source::Image(ImageRef::new("web:1").unwrap()));
        (web.files, web.secrets) = (files, secrets);
        desired.services.insert(ServiceName::new("web").unwrap(), web);
        desired
    }

    /// The project: a file `one`, and a folder `conf` with the files `a` and `sub/b`.
    fn kept() -> BTreeMap<SourcePath, FileTree> {
        let blob = || FileBlob::of(b"1");
        let conf = FileTree::Folder([(path("a"), blob()), (path("sub/b"), blob())].into());
        [(path("one"), FileTree::File(blob())), (path("conf"), conf)].into()
    }

    fn text(target: &str) -> FileMount {
        FileMount::text("x", target)
    }

    fn refused(files: Vec<FileMount>, secrets: Vec<SecretFile>) -> Option<String> {
        let error = desired(files, secrets).check_files(&kept()).err()?;
        assert_eq!(error.code(), &codes::FILE_CONFLICT);
        Some(error.to_string())
    }

    #[test]
    fn a_place_is_for_one_file_however_it_is_spelled() {
        for same in ["/etc/app", "//etc/./app", "/etc/app/"] {
            for second in [text(same), project("one", same), project("conf", same), project("gone", same)] {
                assert!(refused(vec![text("/etc/app"), second], vec![]).is_some(), "{same}");
            }
            assert!(refused(vec![project("one", "/etc/app")], vec![secret(same)]).is_some(), "{same}");
            assert!(refused(vec![project("conf", "/etc/app")], vec![secret(same)]).is_some(), "{same}");
            assert!(refused(vec![], vec![secret("/etc/app"), secret(same)]).is_some(), "{same}");
        }
    }

    #[test]
    fn nothing_lies_within_a_file() {
        for outer in [text("/etc/app"), project("one", "/etc/app")] {
            for inner in [text("/etc/app/x"), project("one", "/etc/app/x/y"), project("conf", "/etc/app/x")] {
                assert!(refused(vec![outer.clone(), inner.clone()], vec![]).is_some(), "{inner:?}");
                assert!(refused(vec![inner.clone(), outer.clone()], vec![]).is_some(), "{inner:?}");
            }
            assert!(refused(vec![outer], vec![secret("/etc/app/token")]).is_some());
        }
        assert!(refused(vec![text("/run/secrets/a/b")], vec![secret("/run/secrets/a")]).is_some());
    }

    #[test]
    fn what_is_put_into_a_folder_stands_beside_what_the_folder_has() {
        let conf = || project("conf", "/etc/app");
        for free in ["/etc/app/c", "/etc/app/sub/c", "/etc/app/ab", "/etc/app2", "/etc/a"] {
            assert_eq!(refused(vec![conf(), text(free)], vec![]), None, "{free}");
            assert_eq!(refused(vec![conf()], vec![secret(free)]), None, "{free}");
        }
        for taken in ["/etc/app/a", "/etc/app/sub", "/etc/app/sub/b", "/etc/app/sub/b/c", "/etc"] {
            assert!(refused(vec![conf(), text(taken)], vec![]).is_some(), "{taken}");
            assert!(refused(vec![conf()], vec![secret(taken)]).is_some(), "{taken}");
        }
        assert_eq!(refused(vec![conf(), project("conf", "/etc/app/other")], vec![]), None);
        assert!(refused(vec![conf(), project("conf", "/etc")], vec![]).is_none(), "/etc/a, /etc/sub and /etc/app");
    }

    #[test]
    fn all_conflicts_are_named_with_both_places() {
        let mut desired = desired(vec![text("/a"), text("/b"), text("/a")], vec![secret("/b/c")]);
        let mut job = Job::new(Source::Image(ImageRef::new("job:1").unwrap()), Process::default());
        job.files = vec![project("conf", "/d"), project("conf", "/d")];
        desired.jobs.insert(ServiceName::new("migrate").unwrap(), job);
        let origin = Origin::File { file: "m.yaml".into(), line: 7, column: 9 };
        desired.origins.insert("services.web.files.2", origin);
        let error = desired.check_files(&kept()).unwrap_err();
        let text = error.to_string();
        let places = ["web.files.0", "web.files.2, m.yaml:7:9", "web.files.1", "web.secrets.0", "migrate.files.0"];
        for place in places.into_iter().chain(["migrate.files.1"]) {
            assert_eq!(text.matches(&format!("services.{place}")).count(), 1, "{place}: {text}");
        }
        assert!(error.hint().is_some());
    }

    #[test]
    fn what_is_no_path_or_not_kept_is_told_elsewhere() {
        assert_eq!(refused(vec![text("a"), text("a"), text("/a/../b"), text("/b")], vec![]), None);
        assert_eq!(refused(vec![project("gone", "/etc/app"), text("/etc/app/x")], vec![]), None);
        assert_eq!(refused(vec![], vec![]), None);
    }
}
