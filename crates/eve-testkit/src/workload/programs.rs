//! What reaches a program, and what does not.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use eve_core::desired::{FileMount, SecretFile};
use eve_core::{
    Body, Bound, Deadline, Exit, FileTree, SecretName, SecretVersion, SourcePath, Template, VarName, codes,
};

use super::Programs;
use crate::failure::{ensure, ensure_eq, refused};
use crate::runtime::{Done, Shelf, Vault, once};
use crate::{Failure, Outcome, http};

/// A secret's text: long enough to be looked for, and a number that is an exit code modulo 256.
const CANARY: &str = "000000000000000000000000000043";

pub(super) async fn a_secret_reaches_the_program_and_nothing_else(on: &Programs) -> Outcome {
    let scene = &on.scene;
    let (secret, variable) = (SecretName::new("CANARY")?, VarName::new("CANARY")?);
    let mut service = once(on.harness.exits_by_variable(&variable));
    service.process.environment.insert(variable, Template::secret(secret.clone()));
    let mut want = scene.want(service);
    want.secrets.insert(secret.clone(), SecretVersion::new("1"));
    let changes = scene.plan(&want).await?;
    ensure!(!Body::of(&changes)?.as_str().contains(CANARY), "the secret is in the plan");
    let mut last = None;
    for op in &changes.ensure {
        let vault = Vault::default().with(secret.clone(), CANARY);
        let cx = scene.cx(&scene.environment, op).with_secrets(Arc::new(vault));
        let change = scene.runtime.perform(op, &cx).await?;
        last = Some(Done { op: op.clone(), change });
    }
    let done = last.ok_or_else(|| Failure::new("the plan has no operation"))?;
    let finding = scene.terminal(&done).await?;
    ensure_eq!(finding.exit(), Some(Exit::Code(43)), "the secret did not reach the program");
    let seen = scene.runtime.observe(&scene.environment).await?;
    ensure!(!Body::of(&seen)?.as_str().contains(CANARY), "the secret is in what is observed");
    Ok(())
}

pub(super) async fn a_secret_as_a_file_reaches_the_program_and_stands_in_no_variable(on: &Programs) -> Outcome {
    let scene = &on.scene;
    let secret = SecretName::new("CANARY")?;
    let file = SecretFile::new(secret.clone());
    let program = on.harness.exits_by_file(&file.target);
    if !scene.can.secret_files {
        let mut want = scene.want(program.unwrap_or_else(|| on.harness.serves_http()));
        want.desired.services.values_mut().for_each(|service| service.secrets.push(file.clone()));
        want.secrets.insert(secret, SecretVersion::new("1"));
        let plan = scene.plan(&want).await;
        return refused("planning a secret as a file", plan, &[&codes::CAPABILITY_UNSUPPORTED]).map(drop);
    }
    let mut service = once(program.ok_or_else(|| Failure::new("the harness has no program that reads a file"))?);
    service.secrets.push(file);
    let mut want = scene.want(service);
    want.secrets.insert(secret.clone(), SecretVersion::new("1"));
    let changes = scene.plan(&want).await?;
    ensure!(changes.losses.is_empty(), "the plan tells of a loss: {:?}", changes.losses);
    let mut last = None;
    for op in &changes.ensure {
        let vault = Vault::default().with(secret.clone(), CANARY);
        let cx = scene.cx(&scene.environment, op).with_secrets(Arc::new(vault));
        let change = scene.runtime.perform(op, &cx).await?;
        last = Some(Done { op: op.clone(), change });
    }
    let done = last.ok_or_else(|| Failure::new("the plan has no operation"))?;
    let finding = scene.terminal(&done).await?;
    ensure_eq!(finding.exit(), Some(Exit::Code(43)), "the secret did not reach the program");
    want.secrets.insert(secret, SecretVersion::new("2"));
    ensure!(scene.plan(&want).await?.instances != changes.instances, "another version of it gave the same hash");
    Ok(())
}

pub(super) async fn files_of_the_project_are_there_when_the_program_starts(on: &Programs) -> Outcome {
    let scene = &on.scene;
    let (file, folder) = (SourcePath::new("conf/code")?, SourcePath::new("conf")?);
    let mut shelf = Shelf::default();
    let tree = shelf.put("43");
    let FileTree::File(blob) = &tree else { return Err(Failure::new("a file of the suite is none")) };
    let all = FileTree::Folder([(SourcePath::new("sub/code")?, blob.clone())].into());
    if !scene.can.files {
        let mut service = on.harness.serves_http();
        service.files.push(FileMount::new(file.clone(), "/etc/eve-suite/one"));
        let mut want = scene.want(service);
        want.files.insert(file, tree);
        return scene.refuses_files(&want).await;
    }
    for (path, tree, place) in [(file, tree.clone(), ""), (folder, all, "/sub/code")] {
        let target = "/etc/eve-suite/one";
        let program = on.harness.exits_by_file(&format!("{target}{place}"));
        let mut service = once(program.ok_or_else(|| Failure::new("the harness has no program that reads a file"))?);
        service.files.push(FileMount::new(path.clone(), target));
        let mut want = scene.want(service);
        want.files.insert(path, tree);
        let changes = scene.plan(&want).await?;
        let mut last = None;
        for op in &changes.ensure {
            let cx = scene.cx(&scene.environment, op).with_files(Arc::new(shelf.clone()));
            let change = scene.runtime.perform(op, &cx).await?;
            last = Some(Done { op: op.clone(), change });
        }
        let done = last.ok_or_else(|| Failure::new("the plan has no operation"))?;
        let finding = scene.terminal(&done).await?;
        ensure_eq!(finding.exit(), Some(Exit::Code(43)), "the file did not reach the program");
        scene.retire(&scene.environment, &changes).await?;
    }
    Ok(())
}

pub(super) async fn a_program_inherits_no_descriptor(on: &Programs) -> Outcome {
    let scene = &on.scene;
    // Descriptors of this process that are open while the program starts.
    let program = std::env::current_exe().map_err(|e| Failure::new(format!("this program has no path: {e}")))?;
    let held: Result<Vec<File>, _> = (0..16).map(|_| File::open(&program)).collect();
    let held = held.map_err(|e| Failure::new(format!("this program cannot be opened: {e}")))?;
    let changes = scene.plan(&scene.want(once(on.harness.exits_by_descriptors()))).await?;
    let done = scene.ensure(&scene.environment, &changes).await?;
    let step = done.last().ok_or_else(|| Failure::new("the plan has no operation"))?;
    let finding = scene.terminal(step).await?;
    ensure_eq!(finding.exit(), Some(Exit::Code(0)), "the program found descriptors open");
    drop(held);
    Ok(())
}

pub(super) async fn a_program_that_refuses_to_end_is_gone_when_deleting_returns(on: &Programs) -> Outcome {
    let scene = &on.scene;
    let mut service = on.harness.refuses_to_end();
    service.stop_grace = Duration::from_millis(300);
    let port = service.ports.first().ok_or_else(|| Failure::new("the fixture declares no port"))?.number;
    scene.deploy(&scene.want(service)).await?;
    let seen = scene.runtime.observe(&scene.environment).await?;
    let address = seen.ours().find_map(|object| object.addresses.get(&port)).cloned();
    let address = address.ok_or_else(|| Failure::new("the instance has no address"))?;
    let empty = scene.plan(&Bound::empty(scene.environment.clone())).await?;
    for op in &empty.retire {
        let mut cx = scene.cx(&scene.environment, op);
        cx.deadline = Deadline::after(&*scene.env, Duration::from_secs(20));
        scene.runtime.perform(op, &cx).await?;
    }
    // Where its address leads now, somebody else may answer in his own way.
    let answers = http::get(&address, "web.test", "/").await.is_ok_and(|(status, _)| status == 200);
    ensure!(!answers, "it still answers at {address}");
    let seen = scene.runtime.observe(&scene.environment).await?;
    ensure!(seen.objects.is_empty(), "something is left: {:?}", seen.objects);
    Ok(())
}
