//! What planning promises.

use eve_core::desired::{BuildSpec, FileMount, Mount, Port, SecretFile, Service, Source, Strategy};
use eve_core::{
    Body, Bound, ByteSize, LossGrade, MilliCpu, SecretName, SecretVersion, ServiceName, SourcePath, Template, VarName,
    VolumeName, codes,
};

use super::at::At;
use super::host;
use super::scene::{Scene, name};
use super::shelf::Shelf;
use crate::Outcome;
use crate::failure::{ensure, ensure_eq, refused};

/// How often planning is looked at: what is seen tells of the host, too, where others come and go meanwhile.
const LOOKS: usize = 5;

pub(super) async fn planning_writes_nothing_and_repeats_itself(scene: &Scene) -> Outcome {
    let want = scene.want(scene.harness.serves_http());
    let mut before = scene.runtime.observe(&scene.environment).await?;
    for look in 1..=LOOKS {
        let once = scene.runtime.plan(&want, &before, &At("one.test"))?;
        let again = scene.runtime.plan(&want, &before, &At("one.test"))?;
        ensure_eq!(once, again, "equal input gave different plans");
        let after = scene.runtime.observe(&scene.environment).await?;
        ensure_eq!(before.objects, after.objects, "planning changed the environment");
        if look == LOOKS {
            ensure_eq!(before, after, "planning changed what is seen");
        } else if before == after {
            break;
        }
        before = after;
    }
    Ok(())
}

pub(super) async fn planning_on_an_empty_environment_creates_every_replica(scene: &Scene) -> Outcome {
    let mut service = scene.harness.serves_http();
    service.replicas = 2;
    let changes = scene.plan(&scene.want(service)).await?;
    let expected = changes.instances.get(&Scene::web()).map_or(&[][..], Vec::as_slice);
    let instances = if scene.can.replicates { 1 } else { 2 };
    ensure_eq!(expected.len(), instances, "the plan does not count on {instances} instances");
    ensure!(changes.retire.is_empty(), "it retires something of nothing: {:?}", changes.retire);
    for instance in expected {
        let op = changes.ensure.iter().find(|op| op.object == instance.object);
        let made = op.and_then(|op| op.body.as_ref()).map(Body::digest);
        ensure_eq!(made, Some(instance.hash.clone()), "no operation makes {}", instance.object);
        ensure_eq!(op.and_then(|op| op.service.clone()), Some(Scene::web()), "the operation names no service");
    }
    Ok(())
}

pub(super) async fn an_address_is_part_of_what_an_instance_is_made_from(scene: &Scene) -> Outcome {
    let want = with_url_of(scene, "api");
    let seen = scene.runtime.observe(&scene.environment).await?;
    let hashes = |at: &At| {
        let changes = scene.runtime.plan(&want, &seen, at)?;
        Ok::<_, eve_core::Error>(changes.instances.get(&Scene::web()).cloned())
    };
    ensure!(hashes(&At("one.test"))? == hashes(&At("one.test"))?, "equal addresses gave different hashes");
    ensure!(hashes(&At("one.test"))? != hashes(&At("two.test"))?, "another address of api gave the same hash");
    Ok(())
}

pub(super) async fn an_unknown_service_in_an_address_is_refused(scene: &Scene) -> Outcome {
    let plan = scene.plan(&with_url_of(scene, "unknown")).await;
    refused("planning with an unknown service's address", plan, &[&codes::SERVICE_UNKNOWN]).map(drop)
}

pub(super) async fn a_service_without_an_artifact_is_refused(scene: &Scene) -> Outcome {
    let mut service = scene.harness.serves_http();
    service.source = Source::Build(BuildSpec::new("."));
    let mut want = scene.want(service);
    want.artifacts.clear();
    let plan = scene.plan(&want).await;
    refused("planning a build without an artifact", plan, &[&codes::RELEASE_NO_ARTIFACT]).map(drop)
}

pub(super) async fn a_strategy_that_is_not_claimed_is_refused(scene: &Scene) -> Outcome {
    for strategy in [Strategy::Switched, Strategy::Rolling, Strategy::Recreate] {
        let mut service = scene.harness.serves_http();
        service.rollout.strategy = Some(strategy);
        let plan = scene.plan(&scene.want(service)).await;
        if scene.can.rollout.contains(&strategy) {
            plan?;
        } else {
            let what = format!("planning {strategy:?}, which is not claimed,");
            refused(&what, plan, &[&codes::CAPABILITY_UNSUPPORTED])?;
        }
    }
    Ok(())
}

pub(super) async fn what_is_not_claimed_is_refused_or_reported(scene: &Scene) -> Outcome {
    type Ask = fn(&mut Service);
    let volume = |service: &mut Service| {
        let volume = VolumeName::new("data").expect("the suite's names are valid");
        service.mounts.push(Mount::new(volume, "/data"));
    };
    let published = |service: &mut Service| {
        let mut port = Port::tcp(9);
        port.published = Some(34_567);
        service.ports.push(port);
    };
    let cpu = |service: &mut Service| service.resources.limits.cpu = Some(MilliCpu::new(500));
    let memory = |service: &mut Service| service.resources.limits.memory = Some(ByteSize::bytes(1 << 28));
    let file = |service: &mut Service| {
        let secret = SecretName::new("TOKEN").expect("the suite's names are valid");
        service.secrets.push(SecretFile::new(secret));
    };
    let asks: [(&str, bool, Ask); 10] = [
        ("a volume", scene.can.volumes, volume),
        ("a published port", scene.can.published_ports, published),
        ("a limit of processors", scene.can.limits_cpu, cpu),
        ("a limit of memory", scene.can.limits_memory, memory),
        ("a secret as a file", scene.can.secret_files, file),
        ("a folder of the host", scene.can.host_paths, host::binds),
        ("a device of the host", scene.can.host_paths, host::uses_a_device),
        ("a privilege on the host", scene.can.host_privileges, host::is_privileged),
        ("a capability", scene.can.host_privileges, host::has_a_capability),
        ("a namespace of the host", scene.can.host_namespaces, host::shares_processes),
    ];
    for (what, claimed, ask) in asks {
        let mut service = scene.harness.serves_http();
        ask(&mut service);
        let mut want = scene.want(service);
        want.secrets.insert(SecretName::new("TOKEN")?, SecretVersion::new("1"));
        let plan = scene.plan(&want).await;
        match plan {
            Ok(plan) if claimed => {
                // What is claimed may still be approximated, and then the plan says how.
                let lost = plan.losses.iter().any(|loss| loss.grade != LossGrade::Approximated);
                ensure!(!lost, "{what} is claimed and reported as a loss: {:?}", plan.losses);
            }
            Ok(plan) => {
                let told = plan.losses.iter().any(|loss| loss.path.starts_with("services.web."));
                ensure!(told, "{what} is not claimed, and the plan ignores it in silence");
            }
            Err(error) if claimed => return Err(error.into()),
            Err(error) => {
                ensure_eq!(error.code(), &codes::CAPABILITY_UNSUPPORTED, "{what} is refused by another code");
            }
        }
    }
    Ok(())
}

pub(super) async fn secrets_are_versions_in_a_plan(scene: &Scene) -> Outcome {
    let (secret, variable) = (SecretName::new("TOKEN")?, VarName::new("TOKEN")?);
    let mut service = scene.harness.serves_http();
    service.process.environment.insert(variable, Template::secret(secret.clone()));
    let mut want = scene.want(service);
    refused("planning with an unbound secret", scene.plan(&want).await, &[&codes::SECRET_MISSING])?;
    want.secrets.insert(secret.clone(), SecretVersion::new("1"));
    let first = scene.plan(&want).await?;
    want.secrets.insert(secret, SecretVersion::new("2"));
    let second = scene.plan(&want).await?;
    ensure!(first.instances != second.instances, "another version of a secret gave the same hash");
    Ok(())
}

pub(super) async fn files_are_digests_in_a_plan(scene: &Scene) -> Outcome {
    let path = SourcePath::new("conf/app")?;
    let mut service = scene.harness.serves_http();
    service.files.push(FileMount::new(path.clone(), "/etc/eve-suite/app"));
    let mut want = scene.want(service);
    want.files.insert(path.clone(), Shelf::default().put("one"));
    if !scene.can.files {
        return scene.refuses_files(&want).await;
    }
    let first = scene.plan(&want).await?;
    want.files.insert(path.clone(), Shelf::default().put("two"));
    let second = scene.plan(&want).await?;
    ensure!(first.instances != second.instances, "another content of a file gave the same hash");
    want.files.remove(&path);
    refused("planning with an unbound file", scene.plan(&want).await, &[&codes::FILE_MISSING]).map(drop)
}

fn with_url_of(scene: &Scene, service: &str) -> Bound {
    let mut web = scene.harness.serves_http();
    let variable = VarName::new("API").expect("the suite's names are valid");
    web.process.environment.insert(variable, Template::service_url(name(service)));
    let services: [(ServiceName, Service); 2] = [(Scene::web(), web), (name("api"), scene.harness.serves_http())];
    scene.want_in(&scene.environment, services)
}
