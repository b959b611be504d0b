// Image makes an image of a folder, without an engine, and writes it as `docker save` does.
//
//	image [-env NAME=VALUE]... [-user USER] [-workdir DIR] NAME:TAG FOLDER [PROGRAM [ARGUMENT]...] >TAR
//
// The folder becomes the image's root, all of it owned by root. The program is its entry point, and
// the arguments are its command.
package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// words are the values of an option that may be given several times.
type words []string

func (w *words) String() string { return strings.Join(*w, " ") }

func (w *words) Set(word string) error {
	*w = append(*w, word)
	return nil
}

// object is a JSON object.
type object map[string]any

// epoch is the date of everything in an image: what is the same makes the same image.
var epoch = time.Unix(0, 0).UTC()

func main() {
	env := words{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	flag.Var(&env, "env", "a variable of the environment, `NAME=VALUE`")
	user := flag.String("user", "", "the user whose the processes are")
	workdir := flag.String("workdir", "/", "the folder that processes start in")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "usage: image [-env NAME=VALUE]... [-user USER] [-workdir DIR] NAME:TAG FOLDER [PROGRAM [ARGUMENT]...]")
		os.Exit(64)
	}
	config := object{"Env": env, "User": *user, "WorkingDir": *workdir}
	if flag.NArg() > 2 {
		config["Entrypoint"] = flag.Args()[2:3]
		config["Cmd"] = flag.Args()[3:]
	}
	if err := write(os.Stdout, flag.Arg(0), flag.Arg(1), config); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// write writes the archive of an image with one layer.
func write(out io.Writer, name, folder string, config object) error {
	layer, err := os.CreateTemp("", "layer")
	if err != nil {
		return err
	}
	defer layer.Close()
	if err := os.Remove(layer.Name()); err != nil {
		return err
	}
	digest := sha256.New()
	if err := pack(io.MultiWriter(layer, digest), folder); err != nil {
		return err
	}
	id := hex.EncodeToString(digest.Sum(nil))
	described, err := json.Marshal(object{
		"architecture": runtime.GOARCH,
		"os":           "linux",
		"created":      epoch,
		"config":       config,
		"rootfs":       object{"type": "layers", "diff_ids": words{"sha256:" + id}},
		"history":      []object{{"created": epoch, "created_by": "image"}},
	})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(described)
	configName := hex.EncodeToString(sum[:]) + ".json"
	manifest, err := json.Marshal([]object{
		{"Config": configName, "RepoTags": words{name}, "Layers": words{id + "/layer.tar"}},
	})
	if err != nil {
		return err
	}

	archive := tar.NewWriter(out)
	size, err := layer.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if _, err := layer.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := add(archive, configName, int64(len(described)), bytes.NewReader(described)); err != nil {
		return err
	}
	if err := add(archive, id+"/layer.tar", size, layer); err != nil {
		return err
	}
	if err := add(archive, "manifest.json", int64(len(manifest)), bytes.NewReader(manifest)); err != nil {
		return err
	}
	return archive.Close()
}

// add adds a file to an archive.
func add(archive *tar.Writer, name string, size int64, content io.Reader) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: epoch}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err := io.Copy(archive, content)
	return err
}

// pack writes all that a folder holds as an archive: folders, files and symbolic links.
func pack(out io.Writer, folder string) error {
	archive := tar.NewWriter(out)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		return packOne(archive, folder, path, entry)
	})
	if err != nil {
		return err
	}
	return archive.Close()
}

func packOne(archive *tar.Writer, folder, path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if target, err = os.Readlink(path); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return err
	}
	if header.Name, err = filepath.Rel(folder, path); err != nil {
		return err
	}
	if info.IsDir() {
		header.Name += "/"
	}
	header.Uid, header.Gid, header.Uname, header.Gname = 0, 0, "", ""
	header.ModTime, header.AccessTime, header.ChangeTime = epoch, time.Time{}, time.Time{}
	header.Format = tar.FormatPAX
	if err := archive.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(archive, file)
	return err
}
