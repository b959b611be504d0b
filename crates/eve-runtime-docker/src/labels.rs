//! What is written on every object that Eve makes.

use std::collections::HashMap;

use eve_core::{Digest, EnvironmentId, Incarnation, ObjectId, ObjectName, OpCx, ServiceName, naming};

use crate::config::Owner;

/// Whose installation made it.
pub(crate) const OWNER: &str = "eve.owner";
/// Whose environment it belongs to, as `org/project/env`.
const ENVIRONMENT: &str = "eve.environment";
/// Its name in Eve's plans.
const OBJECT: &str = "eve.object";
/// The hash of what it was made from.
const HASH: &str = "eve.hash";
/// When it was made, in milliseconds since 1970: its version, since the engine counts none.
const VERSION: &str = "eve.version";
/// Tells two volumes of one name apart: the engine gives them no id.
const INCARNATION: &str = "eve.incarnation";
/// The operation that made it.
const OPERATION: &str = "eve.operation";
/// The fencing token under which it was made.
const FENCE: &str = "eve.fence";
/// The service that it is an instance of.
const SERVICE: &str = "eve.service";
/// What is needed to look after a container: JSON.
const CARE: &str = "eve.care";

/// The name of an object on the engine: unlike in an environment, names are the engine's there.
pub(crate) fn engine_name(environment: &EnvironmentId, object: &ObjectName) -> String {
    format!("{}{object}", name_prefix(environment))
}

/// How the names of an environment's objects begin, and nobody else's.
pub(crate) fn name_prefix(environment: &EnvironmentId) -> String {
    // A namespace is a DNS label: it has no underscore.
    format!("{}_", naming::namespace(environment))
}

/// The conditions by which an environment's objects are listed.
pub(crate) fn of_environment(owner: &Owner, environment: &EnvironmentId) -> [(&'static str, String); 2] {
    [("label", format!("{OWNER}={}", owner.as_str())), ("label", format!("{ENVIRONMENT}={environment}"))]
}

/// The condition by which an owner's objects are listed.
pub(crate) fn of_owner(owner: &Owner) -> [(&'static str, String); 1] {
    [("label", format!("{OWNER}={}", owner.as_str()))]
}

/// What Eve wrote on an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Labels {
    pub(crate) environment: EnvironmentId,
    pub(crate) object: ObjectId,
    pub(crate) hash: Digest,
    pub(crate) version: u64,
    pub(crate) incarnation: Option<Incarnation>,
    pub(crate) service: Option<ServiceName>,
    pub(crate) care: Option<String>,
}

impl Labels {
    /// What is to be written on a new object.
    pub(crate) fn new(object: ObjectId, hash: Digest, cx: &OpCx) -> Self {
        Self {
            environment: cx.environment.clone(),
            object,
            hash,
            version: cx.env.now().as_millis(),
            incarnation: Some(Incarnation::new(format!("{:016x}", cx.env.random()))),
            service: None,
            care: None,
        }
    }

    /// What is written on an object of this owner and environment; none if it is a stranger's.
    pub(crate) fn read(
        owner: &Owner,
        environment: &EnvironmentId,
        kind: &str,
        labels: Option<&HashMap<String, String>>,
    ) -> Option<Self> {
        let read = Self::read_any(owner, kind, labels?)?;
        (read.environment == *environment).then_some(read)
    }

    /// What is written on an object of this owner; none if it is a stranger's.
    pub(crate) fn read_any(owner: &Owner, kind: &str, labels: &HashMap<String, String>) -> Option<Self> {
        let text = |key: &str| labels.get(key).map(String::as_str);
        if text(OWNER)? != owner.as_str() {
            return None;
        }
        Some(Self {
            environment: EnvironmentId::parse(text(ENVIRONMENT)?).ok()?,
            object: ObjectId::new(kind, ObjectName::new(text(OBJECT)?).ok()?),
            hash: text(HASH)?.parse().ok()?,
            version: text(VERSION)?.parse().ok()?,
            incarnation: text(INCARNATION).map(Incarnation::new),
            service: text(SERVICE).and_then(|name| ServiceName::new(name).ok()),
            care: text(CARE).map(str::to_owned),
        })
    }

    /// As the engine takes them, with those by which Compose's tools find their way.
    pub(crate) fn write(&self, owner: &Owner, cx: &OpCx) -> HashMap<String, String> {
        let mut out: HashMap<String, String> = HashMap::new();
        let mut put = |key: &str, text: String| out.insert(key.to_owned(), text);
        put(OWNER, owner.as_str().to_owned());
        put(ENVIRONMENT, self.environment.to_string());
        put(OBJECT, self.object.name.to_string());
        put(HASH, self.hash.to_string());
        put(VERSION, self.version.to_string());
        put(OPERATION, cx.operation.to_string());
        put(FENCE, cx.fence.to_string());
        // The namespace, and never the file's or the folder's name: Compose would take it over.
        put("com.docker.compose.project", naming::namespace(&self.environment));
        if let Some(incarnation) = &self.incarnation {
            put(INCARNATION, incarnation.to_string());
        }
        if let Some(service) = &self.service {
            put(SERVICE, service.to_string());
            put("com.docker.compose.service", service.to_string());
            put("com.docker.compose.oneoff", "False".to_owned());
        }
        if let Some(care) = &self.care {
            put(CARE, care.clone());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use eve_core::{Deadline, Env, Fence, OpId, SystemEnv};

    use super::*;

    fn labels() -> (Labels, OpCx) {
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let deadline = Deadline::after(&*env, Duration::from_secs(1));
        let environment = EnvironmentId::parse("acme/shop/prod").unwrap();
        let cx = OpCx::new(env, environment, OpId::new("create container/web"), Fence::new(3), deadline);
        let object = ObjectId::new("container", ObjectName::new("web-1").unwrap());
        let mut labels = Labels::new(object, Digest::of("spec"), &cx);
        labels.service = Some(ServiceName::new("web").unwrap());
        (labels, cx)
    }

    #[test]
    fn what_is_written_is_read_by_its_owner_in_its_environment_alone() {
        let (labels, cx) = labels();
        let (ours, others) = (Owner::new("a").unwrap(), Owner::new("b").unwrap());
        let written = labels.write(&ours, &cx);
        let read = |owner, environment| Labels::read(owner, environment, "container", Some(&written));
        assert_eq!(read(&ours, &labels.environment), Some(labels.clone()));
        assert_eq!(read(&others, &labels.environment), None);
        assert_eq!(read(&ours, &EnvironmentId::parse("acme/shop/dev").unwrap()), None);
    }

    #[test]
    fn composes_tools_find_the_environment_by_its_namespace() {
        let (labels, cx) = labels();
        let written = labels.write(&Owner::new("a").unwrap(), &cx);
        assert_eq!(written["com.docker.compose.project"], "eve-acme-shop-prod");
        assert_eq!(written["com.docker.compose.service"], "web");
    }

    #[test]
    fn no_environments_names_begin_like_anothers() {
        let name = |env: &str| engine_name(&EnvironmentId::parse(env).unwrap(), &ObjectName::new("web-1").unwrap());
        assert_eq!(name("acme/shop/prod"), "eve-acme-shop-prod_web-1");
        let prefix = name_prefix(&EnvironmentId::parse("acme/shop/prod").unwrap());
        assert!(!name("acme/shop/prod2").starts_with(&prefix));
    }
}
