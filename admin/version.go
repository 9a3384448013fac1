package admin

import (
	"net/http"
	"runtime"
	"runtime/debug"
)

// Version is GET /version: the version and the build of the program. Revision and Time are
// those of the commit, and empty if the build does not know them. Modified reports whether
// the build had changes on top of that commit.
type Version struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// modulePath is the path of this module.
const modulePath = "github.com/ilp-go/connector"

// release is the version of a released binary: scripts/release.sh and deploy/Dockerfile set it
// with the linker's flag -X. It is empty in any other build.
var release string

// OwnVersion returns the version of the calling program.
func OwnVersion() Version {
	v := Version{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if build.Main.Version != "" {
		v.Version = build.Main.Version
	}
	for _, m := range build.Deps { // another program embeds us
		if m.Path == modulePath {
			v.Version = m.Version
		}
	}
	if release != "" {
		v.Version = release
	}
	for _, s := range build.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

func (api *API) getVersion(w http.ResponseWriter, _ *request) error {
	return writeJSON(w, http.StatusOK, OwnVersion())
}
