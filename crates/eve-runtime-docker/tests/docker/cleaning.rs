//! Built images that are removed, and those that are not.

use std::sync::Arc;
use std::time::Duration;

use bollard::query_parameters::TagImageOptionsBuilder;
use eve_core::desired::BuildSpec;
use eve_core::{
    Artifact, ArtifactStore as _, BuildCx, BuildRequest, Builder as _, ChangeOutcome, Deadline, Env, OwnedArtifact,
    ServiceName, SourceDir, SystemEnv, codes,
};
use eve_runtime_docker::DockerBuilder;
use tempfile::TempDir;

use crate::engine::{Engine, IMAGE, random};
use crate::registry::forget;

/// A builder, and a project of its own.
struct Workshop {
    engine: Engine,
    builder: DockerBuilder,
    dir: TempDir,
}

impl Workshop {
    async fn open() -> Self {
        let engine = Engine::open(|config| config).await.expect("there is an engine");
        Self { builder: engine.host.builder(), engine, dir: tempfile::tempdir().expect("a folder can be made") }
    }

    /// Builds on the tests' image or another one; the image's id.
    async fn build(&self, base: &str, bytes: usize) -> String {
        let (file, text) = (self.dir.path().join("own"), format!("FROM {base}\nCOPY own /own\nENV A=b\n"));
        std::fs::write(self.dir.path().join("Dockerfile"), text).expect("a file can be written");
        let mut content = random().to_le_bytes().to_vec();
        content.resize(bytes, 0);
        std::fs::write(file, content).expect("a file can be written");
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let cx = BuildCx::new(Arc::clone(&env), Deadline::after(&*env, Duration::from_secs(60)));
        let name = ServiceName::new("web").expect("a valid name");
        let request = BuildRequest::new(name, BuildSpec::new("."), SourceDir::new(self.dir.path()));
        match self.builder.build(&request, &cx).await.expect("it can be built") {
            Artifact::LocalImage { id, .. } => id.to_string(),
            other => panic!("{other} is no image"),
        }
    }

    async fn owned(&self, id: &str) -> Option<OwnedArtifact> {
        let owned = self.builder.owned().await.expect("images can be listed");
        owned
            .into_iter()
            .find(|one| matches!(&one.artifact, Artifact::LocalImage { id: own, .. } if own.to_string() == id))
    }

    async fn is_there(&self, image: &str) -> bool {
        self.engine.docker.inspect_image(image).await.is_ok()
    }

    async fn name(&self, image: &str, repository: &str) {
        let named = TagImageOptionsBuilder::new().repo(repository).tag("1").build();
        self.engine.docker.tag_image(image, Some(named)).await.expect("the image gets a name");
    }

    /// The image that an image was made from.
    async fn parent(&self, image: &str) -> String {
        let steps = self.engine.docker.image_history(image).await.expect("it has a history");
        steps[1].id.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: images are built and removed"]
async fn what_it_was_made_from_stays_whoever_made_that() {
    let shop = Workshop::open().await;
    let id = shop.build(IMAGE, 50_000).await;
    let between = shop.parent(&id).await;
    let one = shop.owned(&id).await.expect("it is listed");
    assert!((50_000..60_000).contains(&one.bytes.expect("its size is known")), "{one:?}");
    // A base that somebody else has nothing but the id of.
    let named = shop.engine.image_with(&format!("LABEL own={:x}", random())).await;
    let base = shop.engine.docker.inspect_image(&named).await.expect("it is there").id.expect("it has an id");
    let on_base = shop.build(&named, 10).await;
    forget_name_only(&shop, &named, &on_base).await;
    for id in [&id, &on_base] {
        let one = shop.owned(id).await.expect("it is listed");
        assert_eq!(shop.builder.remove(&one).await.expect("it can be removed").outcome, ChangeOutcome::Deleted);
        assert!(!shop.is_there(id).await);
    }
    // Somebody else's build of the same instructions may have made it, and he may know its id alone.
    assert!(shop.is_there(&between).await, "what may be somebody else's is gone");
    assert!(shop.is_there(&base).await && shop.is_there(IMAGE).await, "a stranger's image is gone");
    shop.engine.close().await;
}

/// Takes the name from an image that something was made from: the image stays.
async fn forget_name_only(shop: &Workshop, name: &str, child: &str) {
    forget(&shop.engine.docker, name).await;
    assert!(shop.is_there(child).await && !shop.is_there(name).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: images are built and removed"]
async fn what_somebody_else_calls_his_stays_with_him() {
    let shop = Workshop::open().await;
    let id = shop.build(IMAGE, 10).await;
    let his = format!("eve-test/his-{:x}", random());
    shop.name(&id, &his).await;
    let one = shop.owned(&id).await.expect("it is listed");
    let error = shop.builder.remove(&one).await.expect_err("it has another name");
    assert_eq!(error.code(), &codes::OBJECT_IN_USE);
    assert!(error.to_string().contains(&his), "{error}");
    let names = shop.engine.docker.inspect_image(&id).await.expect("it is there").repo_tags.unwrap_or_default();
    assert_eq!(names, [format!("{his}:1")]);
    forget(&shop.engine.docker, &format!("{his}:1")).await;
    assert!(!shop.is_there(&id).await);
    shop.engine.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: images are built and removed"]
async fn what_others_make_of_it_is_not_listed_though_it_bears_the_label() {
    let shop = Workshop::open().await;
    let id = shop.build(IMAGE, 10).await;
    let ours = shop.engine.images().await;
    let name = ours.iter().find(|one| one.id == id).and_then(|one| one.repo_tags.first()).expect("it has a name");
    assert!(name.starts_with("eve-built/"), "{name}");
    let his = shop.engine.image_from(name, "ENV HIS=1").await;
    let his_id = shop.engine.docker.inspect_image(&his).await.expect("it is there").id.expect("it has an id");
    assert!(shop.engine.images().await.iter().any(|one| one.id == his_id), "the label is not handed down");
    assert!(shop.owned(&his_id).await.is_none());
    let forged = OwnedArtifact::new(
        Artifact::LocalImage { id: his_id.parse().expect("a digest"), daemon: String::new() },
        eve_core::Timestamp::default(),
    );
    assert_eq!(shop.builder.remove(&forged).await.expect("it is skipped").outcome, ChangeOutcome::Skipped);
    assert!(shop.is_there(&his).await);
    forget(&shop.engine.docker, &his).await;
    shop.engine.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: images are built and removed"]
async fn an_image_whose_builder_was_killed_before_it_was_named_goes_as_well() {
    let shop = Workshop::open().await;
    shop.engine.build_unnamed().await;
    let owned = shop.builder.owned().await.expect("images can be listed");
    let [one] = &owned[..] else { panic!("{owned:?}") };
    // What it was built on is not known then.
    assert_eq!(one.bytes, None);
    assert_eq!(shop.builder.remove(one).await.expect("it can be removed").outcome, ChangeOutcome::Deleted);
    assert!(shop.engine.images().await.is_empty() && shop.is_there(IMAGE).await);
    shop.engine.close().await;
}
