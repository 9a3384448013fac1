package admin

import (
	"net/http"
	"runtime"
	"runtime/debug"
)

// Version is GET /version: what the program was built of. Revision and Time are
// those of the commit, empty if the build does not know them; Modified says that
// there were changes on top of it.
type Version struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// modulePath is the module that this package is of.
const modulePath = "github.com/ilp-go/connector"

// OwnVersion is that of the program that asks.
func OwnVersion() Version {
	v := Version{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if build.Main.Version != "" {
		v.Version = build.Main.Version
	}
	for _, m := range build.Deps { // embedded in another program
		if m.Path == modulePath {
			v.Version = m.Version
		}
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
