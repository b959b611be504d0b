# What the parts of the private cluster are told: certificates and files of settings.
# shellcheck shell=bash

# Writes all of it, for a cluster at `net` and `place`.
write_settings() {
    mkdir -p "$dir"/{pki,settings,registries,volumes}
    chmod 700 "$dir/pki" "$dir/settings"
    write_certificates
    write_kubeconfig "$dir/settings/manager" manager
    write_kubeconfig "$dir/settings/scheduler" scheduler
    write_kubeconfig "$dir/settings/proxy" proxy
    write_kubeconfig "$dir/settings/kubelet" kubelet
    write_containerd
    write_kubelet
    write_dns
    write_objects
    write_kubeconfig "$private_config" admin
    # The node waits for this one.
    printf 'net=%q place=%q\n' "$net" "$place" >"$dir/settings/node.new"
    mv "$dir/settings/node.new" "$dir/settings/node"
}

write_certificates() {
    authority
    certificate api "/CN=kube-apiserver" "serverAuth" "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,\
DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:$net.0.2,IP:$net.128.1"
    certificate admin "/O=system:masters/CN=admin" clientAuth
    certificate manager "/CN=system:kube-controller-manager" clientAuth
    certificate scheduler "/CN=system:kube-scheduler" clientAuth
    certificate proxy "/CN=system:kube-proxy" clientAuth
    certificate kubelet "/O=system:nodes/CN=system:node:$place" clientAuth
    certificate aggregator "/CN=aggregator" clientAuth
    openssl ecparam -name prime256v1 -genkey -noout -out "$dir/pki/accounts.key"
    openssl ec -in "$dir/pki/accounts.key" -pubout -out "$dir/pki/accounts.pub" 2>/dev/null
}

# Makes the key and the certificate that the others are signed with.
authority() {
    new_certificate authority "/CN=eve test cluster" \
        -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign,digitalSignature"
}

# Makes a key and a certificate: a file's name, a subject, a use and the names of a server.
certificate() {
    new_certificate "$1" "$2" -CA "$dir/pki/authority.crt" -CAkey "$dir/pki/authority.key" \
        -addext "basicConstraints=critical,CA:FALSE" -addext "keyUsage=critical,digitalSignature" \
        -addext "extendedKeyUsage=$3" ${4:+-addext "subjectAltName=$4"}
}

new_certificate() {
    local log
    log="$(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days 3650 \
        -config <(printf '[req]\ndistinguished_name=name\n[name]\n') \
        -keyout "$dir/pki/$1.key" -out "$dir/pki/$1.crt" -subj "$2" "${@:3}" 2>&1)" ||
        fail "openssl makes no certificate: $log"
}

# Writes a KUBECONFIG file for the holder of a certificate.
write_kubeconfig() (
    umask 077
    cat >"$1" <<END
apiVersion: v1
kind: Config
clusters:
  - name: eve-test
    cluster:
      server: https://$net.0.2:6443
      certificate-authority-data: $(base64 -w 0 "$dir/pki/authority.crt")
users:
  - name: $2
    user:
      client-certificate-data: $(base64 -w 0 "$dir/pki/$2.crt")
      client-key-data: $(base64 -w 0 "$dir/pki/$2.key")
contexts:
  - name: eve-test
    context:
      cluster: eve-test
      user: $2
current-context: eve-test
END
)

write_containerd() {
    local snapshotter=overlayfs
    # One overlay cannot be made of another.
    [ "$(stat -f -c %T "$dir")" != overlayfs ] || snapshotter=native
    cat >"$dir/settings/containerd.toml" <<END
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]

[grpc]
  address = "$dir/containerd.sock"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause_image"
  # It may not be allowed to lower a score.
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$dir/settings/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "$snapshotter"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$dir/registries"
END
    mkdir -p "$dir/settings/cni"
    cat >"$dir/settings/cni/10-pods.conflist" <<END
{
  "cniVersion": "0.4.0",
  "name": "pods",
  "plugins": [
    {
      "type": "ptp",
      "ipam": {
        "type": "host-local",
        "ranges": [[{"subnet": "$net.4.0/22"}]],
        "routes": [{"dst": "0.0.0.0/0"}]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
END
}

write_kubelet() {
    echo "nameserver $net.0.2" >"$dir/settings/resolv.conf"
    cat >"$dir/settings/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $dir/pki/authority.crt}
authorization: {mode: Webhook}
cgroupDriver: cgroupfs
cgroupRoot: /$place
failCgroupV1: false
failSwapOn: false
clusterDomain: cluster.local
clusterDNS: [$net.128.10]
resolvConf: $dir/settings/resolv.conf
containerRuntimeEndpoint: unix://$dir/containerd.sock
# The images have no registry to come back from.
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1%}
volumePluginDir: /var/lib/kubelet/plugins/volume
END
}

write_dns() {
    cat >"$dir/settings/dns" <<END
cluster.local in-addr.arpa {
    bind $net.0.2
    errors
    ready $net.0.2:8181
    kubernetes {
        kubeconfig $private_config eve-test
        ttl 5
    }
    cache 5 {
        disable denial cluster.local
    }
}
# There are no other names.
. {
    bind $net.0.2
    errors
    template ANY ANY {
        rcode NXDOMAIN
    }
}
END
}

# Writes what the cluster holds from the start.
write_objects() {
    cat >"$dir/settings/objects.yaml" <<END
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec:
  clusterIP: $net.128.10
  ports:
    - {name: dns, port: 53, protocol: UDP}
    - {name: dns-tcp, port: 53, protocol: TCP}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kube-dns, namespace: kube-system, labels: {kubernetes.io/service-name: kube-dns}}
addressType: IPv4
endpoints: [{addresses: [$net.0.2], conditions: {ready: true}}]
ports:
  - {name: dns, port: 53, protocol: UDP}
  - {name: dns-tcp, port: 53, protocol: TCP}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: eve-test
  annotations: {storageclass.kubernetes.io/is-default-class: "true"}
provisioner: eve.test/folder
reclaimPolicy: Delete
volumeBindingMode: Immediate
END
}
