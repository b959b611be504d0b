//! Secrets.

use eve_core::desired::{DatabaseEngine, ManagedDatabase, ManagedField};
use eve_core::pipeline::Action;
use eve_core::{Exit, LossGrade, Part, Secret, SecretName, SecretScope, SecretStore as _, Template, VarName, codes};

use crate::bench::{Bench, job, project, sandbox, service_name, step, with_jobs, with_steps};
use crate::recovering::{bench, executors, recover};

/// A value that stands nowhere but in the store and in workloads.
const CANARY: &str = "canary-7f3a90";

fn keyed(service: &str, names: &[&str]) -> eve_core::Project {
    let mut project = project(&[(service, &["serve"])]);
    let process = &mut sandbox(&mut project).desired.services.get_mut(&service_name(service)).unwrap().process;
    for name in names {
        let secret = SecretName::new(*name).unwrap();
        process.environment.insert(VarName::new(format!("THE_{name}")).unwrap(), Template::secret(secret));
    }
    project
}

async fn put(bench: &Bench, name: &str, text: &str) {
    let scope = SecretScope::Environment(bench.shop.clone());
    bench.secrets.put(&scope, &SecretName::new(name).unwrap(), Secret::new(text)).await.unwrap();
}

#[test]
fn an_attempt_that_runs_goes_on_when_its_secret_is_rotated_while_there_is_no_engine() {
    let (workloads, dying) = executors();
    let bench = bench(&workloads);
    let mut migrate = job(&["sleep", "300"]);
    let key = Template::secret(SecretName::new("KEY").unwrap());
    migrate.process.environment.insert(VarName::new("KEY").unwrap(), key);
    dying.block_on(async {
        put(&bench, "KEY", "one").await;
        bench.begin(with_jobs(project(&[("web", &["serve"])]), &[("migrate", migrate)])).await;
        bench.until("the attempt", async || !bench.runner.started().is_empty()).await;
    });
    drop(dying);
    workloads.block_on(async {
        put(&bench, "KEY", "two").await;
        let report = recover(&bench).await.remove(0);
        assert!(report.outcome.is_success(), "{:?}", report.outcome);
        assert_eq!(bench.run(&report).await.attempts[0].exit, Some(Exit::Code(0)));
        assert_eq!(bench.runner.started().len(), 1);
    });
}

#[tokio::test]
async fn missing_secrets_are_all_named_and_nothing_is_begun() {
    let bench = Bench::new();
    let mut project = keyed("api", &["ONE", "TWO"]);
    let mut deploy = step("deploy", Action::Deploy, None);
    deploy.secrets.push(SecretName::new("THREE").unwrap());
    project = with_steps(project, vec![deploy]);
    sandbox(&mut project).requires.insert(SecretName::new("FOUR").unwrap());
    put(&bench, "TWO", CANARY).await;

    for error in [
        bench.engine.deploy(bench.request(project.clone())).await.map(drop).unwrap_err(),
        bench.engine.plan(&bench.request(keyed("api", &["ONE", "TWO"]))).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(error.code(), &codes::SECRET_MISSING);
        assert!(error.to_string().contains("ONE (for services.api.environment.THE_ONE)"), "{error}");
        assert!(!error.to_string().contains("TWO"), "{error}");
    }
    let error = bench.engine.deploy(bench.request(project)).await.map(drop).unwrap_err();
    assert!(error.to_string().contains("THREE (for step deploy)"), "{error}");
    assert!(error.to_string().contains("FOUR (for requires.secrets)"), "{error}");
    assert!(bench.streams().await.is_empty());
    assert_eq!((bench.runtime.calls().perform, bench.routes.calls().total()), (0, 0));
}

#[tokio::test]
async fn what_a_managed_database_gives_is_a_secret_of_the_environment() {
    let bench = Bench::new();
    let mut project = project(&[("api", &["serve"])]);
    let desired = &mut sandbox(&mut project).desired;
    desired.managed.insert(service_name("main-db"), ManagedDatabase::new(DatabaseEngine::Postgres));
    let url = Part::Managed { service: service_name("main-db"), field: ManagedField::Url };
    let url = Template::from_parts([url, Part::Text("?sslmode=require".to_owned())]);
    let process = &mut desired.services.get_mut(&service_name("api")).unwrap().process;
    process.environment.insert(VarName::new("DATABASE_URL").unwrap(), url);

    let missing = bench.engine.plan(&bench.request(project.clone())).await.map(drop).unwrap_err();
    assert_eq!(missing.code(), &codes::SECRET_MISSING);
    let named = "EVE_MANAGED_MAIN_DB_URL (for services.api.environment.DATABASE_URL)";
    assert!(missing.to_string().contains(named), "{missing}");

    put(&bench, "EVE_MANAGED_MAIN_DB_URL", "postgres://one").await;
    let plan = bench.engine.plan(&bench.request(project.clone())).await.unwrap().plan;
    let [loss] = &plan.losses[..] else { panic!("{:?}", plan.losses) };
    assert_eq!((loss.path.as_str(), loss.grade), ("services.main-db.managed", LossGrade::Approximated));
    bench.succeed(project.clone()).await;
    assert!(bench.engine.plan(&bench.request(project.clone())).await.unwrap().plan.is_noop());
    // The platform moved it: whoever uses it is made anew.
    put(&bench, "EVE_MANAGED_MAIN_DB_URL", "postgres://two").await;
    assert!(!bench.engine.plan(&bench.request(project)).await.unwrap().plan.is_noop());
}

#[tokio::test]
async fn a_rotated_secret_is_a_change() {
    let bench = Bench::new();
    put(&bench, "KEY", "one").await;
    bench.succeed(keyed("api", &["KEY"])).await;
    let before = bench.instances("api").await.remove(0);
    put(&bench, "KEY", "two").await;
    let report = bench.succeed(keyed("api", &["KEY"])).await;
    assert!(!report.outcome.is_unchanged());
    let now = bench.instances("api").await.remove(0);
    assert_ne!(now.id, before.id);
    let variables = bench.runtime.variables(&bench.shop, &now.id).unwrap();
    assert!(variables.iter().any(|(name, value)| name.as_str() == "THE_KEY" && value.expose() == "two"));
    assert_eq!(bench.ledger().await, ["healthy", "healthy"]);
}

#[tokio::test]
async fn a_secrets_text_stands_nowhere_in_the_journal_nor_in_progress() {
    let bench = Bench::new();
    put(&bench, "KEY", CANARY).await;
    let mut migrate = job(&["print", "hello"]);
    let secret = Template::secret(SecretName::new("KEY").unwrap());
    migrate.process.environment.insert(VarName::new("KEY").unwrap(), secret);
    let run = bench.begin(with_jobs(keyed("api", &["KEY"]), &[("migrate", migrate)])).await;
    let said: Vec<_> = futures_util::StreamExt::collect(run.events()).await;
    assert!(bench.end(&run).await.outcome.is_success());
    let entries = bench.entries().await;
    assert!(entries.len() > 10);
    assert!(!format!("{entries:?}").contains(CANARY));
    assert!(!format!("{said:?}").contains(CANARY));
    let web = bench.instances("api").await.remove(0).id;
    let variables = bench.runtime.variables(&bench.shop, &web).unwrap();
    assert!(variables.iter().any(|(_, value)| value.expose() == CANARY));
}

#[tokio::test]
async fn a_step_gives_its_job_variables_of_its_own() {
    let bench = Bench::new();
    put(&bench, "KEY", CANARY).await;
    let report = bench.succeed(overriding("KEY")).await;
    let spec = bench.runner.specs().remove(0);
    let value = |name: &str| spec.variables[&VarName::new(name).unwrap()].to_string();
    assert_eq!(
        (value("MODE"), value("TOKEN"), value("KEPT")),
        ("step".into(), "Bearer ${secret.KEY}".into(), "job".into())
    );
    let key = SecretName::new("KEY").unwrap();
    assert!(spec.secrets.contains_key(&key), "its version is a part of what the attempt is");
    assert_eq!(bench.run(&report).await.attempts[0].exit, Some(Exit::Code(0)));
    assert!(!format!("{:?}", bench.entries().await).contains(CANARY));
}

#[tokio::test]
async fn the_secrets_of_a_steps_variables_are_a_part_of_the_plan() {
    let bench = Bench::new();
    put(&bench, "KEY", "one").await;
    let digest = async || {
        let prepared = bench.engine.plan(&bench.request(overriding("KEY"))).await.unwrap();
        prepared.plan.digest().unwrap()
    };
    let before = digest().await;
    assert_eq!(before, digest().await);
    put(&bench, "KEY", "two").await;
    assert_ne!(before, digest().await);
}

#[tokio::test]
async fn a_missing_secret_of_a_steps_variable_is_named_before_anything_is_begun() {
    let bench = Bench::new();
    let error = bench.engine.deploy(bench.request(overriding("KEY"))).await.map(drop).unwrap_err();
    assert_eq!(error.code(), &codes::SECRET_MISSING);
    assert!(error.to_string().contains("KEY (for variable TOKEN of step migrate)"), "{error}");
    assert!(bench.streams().await.is_empty());
}

/// A job whose step has variables of its own, one of them with a secret.
fn overriding(secret: &str) -> eve_core::Project {
    let mut migrate = job(&["print", "x"]);
    let mut set = |name: &str| migrate.process.environment.insert(VarName::new(name).unwrap(), Template::text("job"));
    set("MODE");
    set("KEPT");
    let mut project = with_jobs(project(&[("web", &["serve"])]), &[("migrate", migrate)]);
    let pipeline = project.pipelines.values_mut().next().unwrap();
    let step = pipeline.steps.iter_mut().find(|step| step.name.as_str() == "migrate").unwrap();
    let token = [Part::Text("Bearer ".to_owned()), Part::Secret(SecretName::new(secret).unwrap())];
    step.environment.insert(VarName::new("MODE").unwrap(), Template::text("step"));
    step.environment.insert(VarName::new("TOKEN").unwrap(), Template::from_parts(token));
    project
}
