//! Wakes a task, unless it is at work already.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// Nobody waits: at work, or idle.
const CALM: u8 = 0;
const WAITING: u8 = 1;
const WOKEN: u8 = 2;

/// Polls in one go; after that the task gives way to others.
const MAX_POLLS: usize = 4;

/// A waker for futures that one task polls together. Where one of them wakes another in that very
/// poll, nobody needs to be woken.
#[derive(Debug)]
pub(crate) struct Relay {
    shared: Arc<Shared>,
    waker: Waker,
}

#[derive(Debug, Default)]
struct Shared {
    state: AtomicU8,
    task: AtomicWaker,
}

impl Relay {
    pub(crate) fn new() -> Self {
        let shared = Arc::<Shared>::default();
        Self { waker: Arc::clone(&shared).into(), shared }
    }

    /// Polls until there is a result, or nothing more that can be done at once.
    pub(crate) fn poll<T>(&self, cx: &mut Context<'_>, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        let Shared { state, task } = &*self.shared;
        for _ in 0..MAX_POLLS {
            state.store(CALM, Ordering::SeqCst);
            if let Poll::Ready(done) = poll(&mut Context::from_waker(&self.waker)) {
                return Poll::Ready(done);
            }
            task.register(cx.waker());
            // Whoever wakes from now on wakes the task; whoever did so before is heard now.
            if state.compare_exchange(CALM, WAITING, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(WOKEN, Ordering::SeqCst) == WAITING {
            self.task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Wake for Counting {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_task_is_woken_while_it_waits_and_at_no_other_time() {
        let (relay, task) = (Relay::new(), Arc::<Counting>::default());
        let outer = Waker::from(Arc::clone(&task));
        let (mut polls, mut kept) = (0, None);
        let waiting = relay.poll(&mut Context::from_waker(&outer), |cx| {
            polls += 1;
            if polls == 1 {
                cx.waker().wake_by_ref();
            }
            kept = Some(cx.waker().clone());
            Poll::<()>::Pending
        });
        assert!(waiting.is_pending());
        assert_eq!((polls, task.0.load(Ordering::SeqCst)), (2, 0), "what is woken at work is polled again");
        let kept = kept.unwrap();
        kept.wake_by_ref();
        kept.wake_by_ref();
        assert_eq!(task.0.load(Ordering::SeqCst), 1);
        assert!(relay.poll(&mut Context::from_waker(&outer), |_| Poll::Ready(())).is_ready());
        kept.wake_by_ref();
        assert_eq!(task.0.load(Ordering::SeqCst), 1, "nobody waits");
    }
}
