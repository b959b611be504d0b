//! A file of many services, read and checked.

use crate::Failure;
use crate::args::Args;
use crate::compose::Compose;
use crate::compose_file::compose_file;
use crate::side_by_side::bounds::Target;
use crate::side_by_side::eve_build::eve_program;
use crate::side_by_side::program::Program;
use crate::side_by_side::report;
use crate::side_by_side::rounds::rounds;
use crate::side_by_side::sample::Sample;

pub(crate) async fn measure(args: &Args) -> Result<(), Failure> {
    let services = if args.smoke { 100 } else { 1_000 };
    report::title(&format!("a Compose file of {services} services, read and checked, whole processes"));
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("compose.yaml");
    std::fs::write(&file, compose_file(services))?;
    let eve = Program::new(eve_program(args.smoke).await?).with(["manifest", "validate", "-f"]).with_path(&file);
    let floor = Program::new("cat").with_path(&file);
    let mut sides = vec![("eve manifest validate", eve), ("floor: cat", floor)];
    if let Some(compose) = Compose::config(&file, !args.smoke).await? {
        sides.push(("docker compose config -q", compose));
    }
    for (_, program) in &sides {
        report::note("$", &program.to_string());
    }
    let times = rounds(args.pairs(10), sides.len(), async |turn| sides[turn].1.time().await).await?;
    let samples: Vec<_> = times.into_iter().map(Sample::new).collect();
    for ((name, _), sample) in sides.iter().zip(&samples) {
        report::side(name, sample);
    }
    if let Some(compose) = samples.get(2) {
        report::ratio("docker compose config -q / eve", &compose.over(&samples[0]), Target::AtLeast(150.0));
    }
    Ok(())
}
