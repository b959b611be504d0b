//! Asks through a route which instance answers.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use eve_core::{Cancel, Deadline, Env, Error, OpCx, Result, RouteId, codes};
use http::header::{CONNECTION, HOST, HeaderValue};
use http::{Request, Uri};
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::forward::{CONFIRM, INSTANCE};
use crate::instance::Claim;
use crate::table::{Refused, Route, RouteKey, Target};

/// Longest time that a switch may take to be confirmed.
const PATIENCE: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// The confirmations that are being asked for, by their secret words.
#[derive(Debug, Default)]
pub(crate) struct Confirmations(Mutex<HashMap<String, Arc<Asked>>>);

/// What a secret word gives access to.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The route that is asked.
    pub(crate) key: RouteKey,
    /// The route as it would be after the switch; none once it is so.
    ahead: Option<Arc<Route>>,
}

impl Asked {
    /// A target of the route that is still ahead.
    pub(crate) fn claim_ahead(&self) -> Option<std::result::Result<(Arc<Target>, Claim), Refused>> {
        let ahead = self.ahead.as_ref()?;
        Some(ahead.pick().ok_or(Refused::NoTarget).map(|target| (Arc::clone(target), target.instance.claim())))
    }
}

impl Confirmations {
    /// What a word gives access to, if it is one.
    pub(crate) fn get(&self, word: &HeaderValue) -> Option<Arc<Asked>> {
        self.held().get(word.to_str().ok()?).cloned()
    }

    /// Waits until one of the route's targets has answered through the route's own door.
    ///
    /// `ahead` asks targets that requests are not led to yet.
    pub(crate) async fn confirm(&self, route: &Arc<Route>, ahead: bool, door: SocketAddr, cx: &OpCx) -> Result<()> {
        let word = self.open(&*cx.env, route, ahead);
        let env = &*cx.env;
        let deadline = cx.deadline.earlier(Deadline::after(env, PATIENCE));
        let mut pause = FIRST_PAUSE;
        loop {
            let asking = deadline.limit(env, "an answer through the route", ask(door, route, &word.text));
            let last: Box<dyn StdError + Send + Sync> = tokio::select! {
                () = cx.cancel.cancelled() => return Err(Cancel::error()),
                asked = asking => match asked {
                    Ok(Ok(tag)) if route.targets.iter().any(|target| target.instance.tag() == tag) => return Ok(()),
                    Ok(Ok(_)) => "another instance answered".into(),
                    Ok(Err(error)) => error,
                    Err(error) => error.into(),
                },
            };
            if deadline.remaining(env) <= pause {
                let text = format!("no instance of the new release answered through {}", route.key.id);
                return Err(Error::failed(codes::ROUTE_UNCONFIRMED, text)
                    .with_hint("requests go where they went before; look at the instances' logs")
                    .with_source(last));
            }
            tokio::select! {
                () = cx.cancel.cancelled() => return Err(Cancel::error()),
                () = env.sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
    }

    fn open(&self, env: &dyn Env, route: &Arc<Route>, ahead: bool) -> Word<'_> {
        let text = (0..2).fold(String::new(), |mut text, _| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{:016x}", env.random());
            text
        });
        let asked = Asked { key: route.key.clone(), ahead: ahead.then(|| Arc::clone(route)) };
        self.held().insert(text.clone(), Arc::new(asked));
        Word { all: self, text }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Arc<Asked>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A secret word; it means nothing once dropped.
struct Word<'a> {
    all: &'a Confirmations,
    text: String,
}

impl Drop for Word<'_> {
    fn drop(&mut self) {
        self.all.held().remove(&self.text);
    }
}

/// The tag of the instance that answered.
async fn ask(
    door: SocketAddr,
    route: &Route,
    word: &str,
) -> std::result::Result<String, Box<dyn StdError + Send + Sync>> {
    let (host, path) = match &route.key.id {
        RouteId::Public { host, .. } if route.covers(&route.spec.confirm_path) => {
            (host.to_string(), route.spec.confirm_path.as_str())
        }
        // Another route may have that path: any answer below this route's own prefix confirms.
        RouteId::Public { host, path } => (host.to_string(), path.as_str()),
        _ => (door.to_string(), route.spec.confirm_path.as_str()),
    };
    let request = Request::get(path.parse::<Uri>()?)
        .header(HOST, host)
        .header(CONNECTION, "close")
        .header(CONFIRM, word)
        .body(Empty::<Bytes>::new())?;
    let stream = TcpStream::connect(door).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let answer = sender.send_request(request);
    tokio::pin!(answer);
    let response = tokio::select! {
        biased;
        response = answer.as_mut() => response?,
        // The connection may end in the very step that delivers the answer.
        ended = connection => {
            ended?;
            answer.await?
        }
    };
    match response.headers().get(INSTANCE) {
        Some(tag) => Ok(tag.to_str()?.to_owned()),
        None => Err(format!("no instance answered: status {}", response.status()).into()),
    }
}
