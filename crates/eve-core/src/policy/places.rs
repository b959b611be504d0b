//! Where engines are steered from.

use crate::AbsolutePath;

/// Names of engines' sockets, wherever they are.
const NAMES: [&str; 9] = [
    "docker.sock",
    "docker.raw.sock",
    "containerd.sock",
    "containerd.sock.ttrpc",
    "podman.sock",
    "crio.sock",
    "cri-dockerd.sock",
    "dockershim.sock",
    "buildkitd.sock",
];

/// Where engines put their sockets; `*` stands for any one part.
const PLACES: [&[&str]; 17] = [
    &["run", "docker.sock"],
    &["run", "docker", "containerd", "containerd.sock"],
    &["run", "containerd", "containerd.sock"],
    &["run", "podman", "podman.sock"],
    &["run", "crio", "crio.sock"],
    &["run", "cri-dockerd.sock"],
    &["run", "dockershim.sock"],
    &["run", "buildkit", "buildkitd.sock"],
    &["run", "k3s", "containerd", "containerd.sock"],
    &["run", "k0s", "containerd.sock"],
    &["run", "user", "*", "docker.sock"],
    &["run", "user", "*", "podman", "podman.sock"],
    &["run", "user", "*", "buildkit", "buildkitd.sock"],
    &["root", ".docker", "run", "docker.sock"],
    &["home", "*", ".docker", "run", "docker.sock"],
    &["home", "*", ".docker", "desktop", "docker.sock"],
    &["Users", "*", ".docker", "run", "docker.sock"],
];

/// Where engines keep what they hold: whoever writes there has every container and volume.
const STATES: [&[&str]; 8] = [
    &["var", "lib", "docker"],
    &["var", "lib", "containerd"],
    &["var", "lib", "containers"],
    &["run", "docker"],
    &["run", "containerd"],
    &["run", "containers"],
    &["root", ".local", "share", "docker"],
    &["home", "*", ".local", "share", "docker"],
];

/// How far a path reaches what an engine is steered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Not that is known.
    Nothing,
    /// It is an engine's socket, and nothing else.
    Socket,
    /// An engine's socket or state lies in it, or it lies in an engine's state, or is called like a socket.
    More,
}

impl Reach {
    /// How far a path reaches, where `own` are sockets and folders besides those that everybody knows.
    pub(super) fn of<'a>(path: &AbsolutePath, own: impl IntoIterator<Item = &'a AbsolutePath>) -> Self {
        let parts: Vec<&str> = path.parts().collect();
        let aliased = match parts.as_slice() {
            ["var", "run", rest @ ..] => [&["run"], rest].concat(),
            _ => parts.clone(),
        };
        let meets = |place: &&[&str]| {
            let same = |(part, known): (&&str, &&str)| *known == "*" || part == known;
            aliased.iter().zip(place.iter()).all(same)
        };
        let leads = |place: &&[&str]| aliased.len() <= place.len() && meets(place);
        let known: Vec<&&[&str]> = PLACES.iter().filter(|place| leads(place)).collect();
        if known.iter().any(|place| place.len() == aliased.len()) {
            return Self::Socket;
        }
        let named = parts.last().is_some_and(|name| NAMES.contains(name));
        // `/var/run` is a folder of its own on some systems.
        let above = !known.is_empty() || parts == ["var"] || STATES.iter().any(meets);
        let near = own.into_iter().any(|place| path.is_within(place) || place.is_within(path));
        if named || above || near { Self::More } else { Self::Nothing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(path: &str) -> Reach {
        let own = [AbsolutePath::new("/srv/shop/.eve/state").unwrap()];
        Reach::of(&AbsolutePath::new(path).unwrap(), &own)
    }

    #[test]
    fn sockets_of_engines_are_known() {
        for path in [
            "/var/run/docker.sock",
            "/run/docker.sock",
            "/run/containerd/containerd.sock",
            "/var/run/docker/containerd/containerd.sock",
            "/run/user/1000/podman/podman.sock",
            "/run/crio/crio.sock",
            "/home/me/.docker/run/docker.sock",
        ] {
            assert_eq!(reach(path), Reach::Socket, "{path}");
        }
    }

    #[test]
    fn what_holds_a_socket_is_known() {
        for path in [
            "/",
            "/run",
            "/var",
            "/var/run",
            "/var/run/docker",
            "/run/containerd",
            "/run/user",
            "/run/user/1000",
            "/home",
            "/home/me",
            "/home/me/.docker",
            "/mnt/docker.sock",
            "/var/lib",
            "/var/lib/docker",
            "/var/lib/docker/volumes/data/_data",
            "/home/me/.local/share/docker",
            "/srv",
            "/srv/shop",
            "/srv/shop/.eve/state",
            "/srv/shop/.eve/state/supervisor/socket",
        ] {
            assert_eq!(reach(path), Reach::More, "{path}");
        }
    }

    #[test]
    fn everything_else_reaches_nothing() {
        for path in ["/srv/shop/web", "/srv/shop2", "/home/me/code", "/run/postgresql", "/var/lib/app", "/runs", "/etc"]
        {
            assert_eq!(reach(path), Reach::Nothing, "{path}");
        }
    }
}
