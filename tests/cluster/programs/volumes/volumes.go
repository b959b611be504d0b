// Volumes provides the claims of the cluster's one storage class with volumes: folders of the node.
//
//	volumes KUBECONFIG FOLDER
//
// A claim gets a folder of its own below the given one, and the folder is deleted with the claim.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
)

const (
	provisioner   = "eve.test/folder"
	provisionedBy = "pv.kubernetes.io/provisioned-by"
	asksFor       = "volume.kubernetes.io/storage-provisioner"
)

// provider makes and deletes volumes.
type provider struct {
	client kubernetes.Interface
	folder string
	claims listers.PersistentVolumeClaimLister
	all    listers.PersistentVolumeLister
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: volumes KUBECONFIG FOLDER")
		os.Exit(64)
	}
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "volumes:", err)
		os.Exit(1)
	}
}

// run provides volumes until the context ends.
func run(ctx context.Context, kubeconfig, folder string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, time.Minute)
	core := factory.Core().V1()
	provider := provider{client, folder, core.PersistentVolumeClaims().Lister(), core.PersistentVolumes().Lister()}

	limiter := workqueue.DefaultTypedControllerRateLimiter[cache.ObjectName]()
	queue := workqueue.NewTypedRateLimitingQueue(limiter)
	for _, informer := range []cache.SharedIndexInformer{
		core.PersistentVolumeClaims().Informer(), core.PersistentVolumes().Informer(),
	} {
		note := func(changed any) {
			if name, err := cache.ObjectToName(changed); err == nil {
				queue.Add(name)
			}
		}
		_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    note,
			UpdateFunc: func(_, changed any) { note(changed) },
		})
		if err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	for {
		name, ended := queue.Get()
		if ended {
			return nil
		}
		if err := provider.attend(ctx, name); err != nil {
			fmt.Fprintf(os.Stderr, "%v: %v\n", name, err)
			queue.AddRateLimited(name)
		} else {
			queue.Forget(name)
		}
		queue.Done(name)
	}
}

// attend looks after a claim, or after a volume, which has no namespace.
func (p provider) attend(ctx context.Context, name cache.ObjectName) error {
	if name.Namespace == "" {
		volume, err := p.all.Get(name.Name)
		if err != nil {
			return ignoreMissing(err)
		}
		return p.deleteReleased(ctx, volume)
	}
	claim, err := p.claims.PersistentVolumeClaims(name.Namespace).Get(name.Name)
	if err != nil {
		return ignoreMissing(err)
	}
	return p.provide(ctx, claim)
}

// provide makes the volume of a claim that has none.
func (p provider) provide(ctx context.Context, claim *core.PersistentVolumeClaim) error {
	if claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil || claim.Annotations[asksFor] != provisioner {
		return nil
	}
	name := "pvc-" + string(claim.UID)
	folder := filepath.Join(p.folder, name)
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	// Whatever user a container runs as may write.
	if err := os.Chmod(folder, 0o777); err != nil {
		return err
	}
	kind := core.HostPathDirectory
	volume := &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: name, Annotations: map[string]string{provisionedBy: provisioner}},
		Spec: core.PersistentVolumeSpec{
			Capacity:    core.ResourceList{core.ResourceStorage: claim.Spec.Resources.Requests[core.ResourceStorage]},
			AccessModes: claim.Spec.AccessModes,
			ClaimRef: &core.ObjectReference{
				Kind: "PersistentVolumeClaim", APIVersion: "v1",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			StorageClassName:              *claim.Spec.StorageClassName,
			PersistentVolumeReclaimPolicy: core.PersistentVolumeReclaimDelete,
			PersistentVolumeSource: core.PersistentVolumeSource{
				HostPath: &core.HostPathVolumeSource{Path: folder, Type: &kind},
			},
		},
	}
	_, err := p.client.CoreV1().PersistentVolumes().Create(ctx, volume, meta.CreateOptions{})
	if errors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// deleteReleased deletes a volume whose claim is gone, with what it holds.
func (p provider) deleteReleased(ctx context.Context, volume *core.PersistentVolume) error {
	if volume.Annotations[provisionedBy] != provisioner || volume.DeletionTimestamp != nil ||
		volume.Status.Phase != core.VolumeReleased ||
		volume.Spec.PersistentVolumeReclaimPolicy != core.PersistentVolumeReclaimDelete {
		return nil
	}
	if err := os.RemoveAll(volume.Spec.HostPath.Path); err != nil {
		return err
	}
	return ignoreMissing(p.client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, meta.DeleteOptions{}))
}

func ignoreMissing(err error) error {
	if errors.IsNotFound(err) {
		return nil
	}
	return err
}
