//! A workload in memory at work.

use std::sync::{Arc, Weak};

use futures_util::future;

use super::behaviour::Behaviour;
use super::routes::MemoryRoutes;
use super::shared::Shared;
use super::world::{Instance, World};
use crate::{Code, Env, EnvironmentId, Exit, Finding, InstanceRef, ObjectState, ServiceName, Verdict, codes};

/// Lets one instance do what its program says. It keeps no runtime alive.
pub(super) struct Workload {
    pub(super) env: Arc<dyn Env>,
    pub(super) world: Weak<Shared<World>>,
    pub(super) routes: Option<MemoryRoutes>,
    pub(super) environment: EnvironmentId,
    pub(super) instance: InstanceRef,
}

impl Workload {
    pub(super) async fn run(self, behaviour: Behaviour) {
        match behaviour {
            Behaviour::Serve(after) => {
                self.sleep(after).await;
                self.ready();
            }
            Behaviour::Noisy(lines) => {
                let at = self.env.now();
                self.settle(|instance| {
                    for number in 1..=lines {
                        instance.log.write(at, format!("line {number}"));
                    }
                });
                self.ready();
            }
            Behaviour::Exit(exit) => end(&*self.env, self.world.upgrade(), &self.environment, &self.instance, exit),
            Behaviour::Hang => self.wait_for("its program never becomes ready"),
            Behaviour::Flap(after) => {
                self.ready();
                self.sleep(after).await;
                self.unready("its program is no longer ready");
            }
            Behaviour::Needs(service) => self.follow(&service).await,
            Behaviour::Missing(program) => {
                let text = format!("there is no program {program:?}");
                self.find(codes::WORKLOAD_CANNOT_START, text, Verdict::Terminal);
            }
        }
    }

    /// Is ready while a service has a target, for as long as the instance lives.
    async fn follow(&self, service: &ServiceName) {
        let Some(routes) = &self.routes else {
            let text = format!("its program needs {service}, and the runtime was given no routes");
            return self.find(codes::WORKLOAD_CANNOT_START, text, Verdict::Terminal);
        };
        let missing = format!("service {service} does not answer");
        let mut answered = None;
        let mut led = routes.changes();
        let Some(mut lived) = self.world.upgrade().map(|world| world.changes()) else { return };
        while self.world.upgrade().is_some_and(|world| world.read(|w| w.is_live(&self.environment, &self.instance))) {
            led.mark_unchanged();
            let answers = routes.answers(&self.environment, service);
            match (answered.replace(answers), answers) {
                (None, false) => self.wait_for(&missing),
                (Some(true), false) => self.unready(&missing),
                (None | Some(false), true) => self.ready(),
                _ => {}
            }
            // An error means that the other side is gone: the loop's condition sees that.
            let (led, lived) = (std::pin::pin!(led.changed()), std::pin::pin!(lived.changed()));
            future::select(led, lived).await;
        }
    }

    fn ready(&self) {
        self.settle(|instance| {
            instance.object.state = ObjectState::Ready;
            instance.finding = None;
        });
    }

    fn unready(&self, why: &str) {
        let now = self.env.now();
        self.settle(|instance| {
            instance.object.state = ObjectState::NotReady;
            let finding = Finding::new(codes::WORKLOAD_UNHEALTHY, instance.subject(), why, now);
            instance.finding = Some(finding.with_verdict(Verdict::Wait));
        });
    }

    fn wait_for(&self, why: &str) {
        self.find(codes::WORKLOAD_NOT_READY, why.to_owned(), Verdict::Wait);
    }

    fn find(&self, code: Code, text: String, verdict: Verdict) {
        let now = self.env.now();
        self.settle(|instance| {
            instance.finding = Some(Finding::new(code, instance.subject(), text, now).with_verdict(verdict));
        });
    }

    fn settle(&self, change: impl FnOnce(&mut Instance)) {
        if let Some(world) = self.world.upgrade() {
            world.write(|world| world.settle(&self.environment, &self.instance, change));
        }
    }

    async fn sleep(&self, duration: std::time::Duration) {
        if !duration.is_zero() {
            self.env.sleep(duration).await;
        }
    }
}

/// Ends an instance that has not ended yet, with a terminal finding.
pub(super) fn end(
    env: &dyn Env,
    world: Option<Arc<Shared<World>>>,
    environment: &EnvironmentId,
    instance: &InstanceRef,
    exit: Exit,
) {
    let now = env.now();
    let Some(world) = world else { return };
    world.write(|world| {
        world.settle(environment, instance, |instance| {
            let line = match exit {
                Exit::Code(code) => format!("exit {code}"),
                Exit::Signal(signal) => format!("signal {signal}"),
                Exit::Lost => "lost".to_owned(),
            };
            instance.log.write(now, line);
            instance.log.end(exit);
            instance.object.state = ObjectState::Ended { exit };
            let text = format!("{} ended by itself: {exit}", instance.object.id);
            let mut finding = Finding::new(codes::WORKLOAD_CRASHED, instance.subject(), text, now);
            finding.evidence = instance.evidence();
            instance.finding = Some(finding);
        })
    });
}
