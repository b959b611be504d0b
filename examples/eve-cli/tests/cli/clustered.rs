//! A cluster that is deployed to.

use super::shop::{Ended, Shop};

/// A project on a cluster, of a name of its own.
struct Clustered {
    shop: Shop,
    project: String,
    kubeconfig: String,
}

impl Clustered {
    fn new() -> Self {
        let kubeconfig = std::env::var("KUBECONFIG").expect("KUBECONFIG names a cluster");
        let shop = Shop::new();
        let nanos = std::time::UNIX_EPOCH.elapsed().expect("the clock is past 1970").as_nanos();
        let this = Self { shop, project: format!("cli{nanos}"), kubeconfig };
        this.release("1");
        this
    }

    fn release(&self, release: &str) {
        let name = &self.project;
        self.shop.manifest(&format!(
            "schema: eve/compose/v2\nname: {name}\nservices:\n  web:\n    image: eve-test/busybox:1\n    \
             command: [/bin/busybox, httpd, -f, -p, \"8080\", -h, /]\n    environment: {{ RELEASE: \"{release}\" }}\n    \
             ports: [8080]\nenvironments:\n  sandbox: {{}}\n"
        ));
    }

    fn eve(&self, args: &[&str]) -> Ended {
        let args = [&["--runtime", "k8s"], args].concat();
        self.shop.eve_with(&args, "", &[("KUBECONFIG", &self.kubeconfig)])
    }

    fn namespace(&self) -> String {
        format!("eve-local-{}-sandbox", self.project)
    }
}

impl Drop for Clustered {
    fn drop(&mut self) {
        // A test that failed leaves nothing, either.
        let _ = self.eve(&["env", "delete", "sandbox", "--yes"]);
    }
}

#[test]
#[ignore = "needs kubernetes: it is deployed to"]
fn what_is_deployed_to_a_cluster_is_there_until_it_is_deleted() {
    let site = Clustered::new();
    site.eve(&["plan", "sandbox", "-o", "json"]).expect(2, "changes");
    site.eve(&["env", "deploy", "sandbox", "-o", "json"]).expect(0, "ok");
    assert_eq!(site.eve(&["env", "deploy", "sandbox", "-o", "json"]).expect(0, "ok")["unchanged"], true);

    let print = ["env", "exec", "sandbox", "web", "--allow-exec", "--", "/bin/sh", "-c", "echo $RELEASE"];
    let printed = site.eve(&print);
    assert_eq!((printed.code, printed.stdout.trim()), (0, "1"), "{}", printed.stderr);
    site.release("2");
    site.eve(&["env", "deploy", "sandbox", "-o", "json"]).expect(0, "ok");
    assert_eq!(site.eve(&print).stdout.trim(), "2");

    let rendered = site.eve(&["render", "sandbox"]);
    assert!(rendered.code == 0 && rendered.stdout.contains("Deployment"), "{}", rendered.stdout);
    let found = site.eve(&["diagnose", "--namespace", &site.namespace(), "-o", "json"]);
    assert_eq!(found.code, 0, "{}", found.stdout);

    site.eve(&["env", "delete", "sandbox", "--yes", "-o", "json"]).expect(0, "ok");
    let gone = site.eve(&["diagnose", "--namespace", &site.namespace(), "-o", "json"]);
    assert_eq!(gone.expect(1, "found")["findings"][0]["code"], "namespace.missing");
}
