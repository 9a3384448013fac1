package config

import (
	"reflect"
	"strings"
)

// option is an option by its location. The name is how faults call it.
type option struct {
	location []string
	name     string
}

// optionAt returns an option whose name has the first steps of its location.
func optionAt(named int, location ...string) option {
	return option{location, strings.Join(location[:named], ".")}
}

// serverOptions are the options of our plugins that say which server gets a secret of the account.
var serverOptions = []option{
	optionAt(1, "server"), optionAt(1, "tls", "ca"), optionAt(1, "tls", "serverName"), optionAt(1, "tls", "rejectUnauthorized"),
	optionAt(2, "outgoing", "url"), optionAt(1, "multi"), optionAt(1, "multiDelimiter"), optionAt(2, "async", "callbackHosts"),
	optionAt(2, "outgoing", "tls", "ca"), optionAt(2, "outgoing", "tls", "serverName"), optionAt(2, "outgoing", "tls", "rejectUnauthorized"),
}

// sentSecrets are the options of our plugins that a server gets, or that sign what it gets. Of an old
// token it is the token alone: a patch that says another time does not say the secret.
var sentSecrets = []option{
	optionAt(1, "btpToken"), optionAt(1, "oldToken", "token"), optionAt(1, "server"),
	optionAt(2, "outgoing", "token"), optionAt(2, "outgoing", "staticToken"), optionAt(2, "outgoing", "secretToken"),
	optionAt(2, "outgoing", "jwtSecret"), optionAt(2, "outgoing", "secret"),
	optionAt(3, "outgoing", "jwt", "secret"), optionAt(3, "outgoing", "jwt", "privateKey"),
}

// refuseOtherServer reports a patch that would send a secret to another server than before:
// whoever has that server would read it. The patch must say the secret again. With force a secret
// of the account itself may go, and never one of a reference.
func refuseOtherServer(a Account, before, patched, patch *object, force bool, known Known, r *report) {
	next, _ := patched.values["plugin"].(string)
	if known.mayHost(a.Plugin, true) || known.mayHost(next, true) {
		refuseOtherUse(a, before, patched, patch, force, r)
		return
	}
	was, _ := before.values["options"].(*object)
	now, _ := patched.values["options"].(*object)
	if was == nil || now == nil {
		return
	}
	server := otherServer(was, now)
	if server == "" {
		return
	}
	path := pathOf(a.Path("options"), strings.Split(server, "."))
	said := child(patch, "options")
	for _, secret := range sentSecrets {
		value := valueAt(was, secret.location)
		if value == nil || !reflect.DeepEqual(value, valueAt(now, secret.location)) {
			continue
		}
		uri, _ := value.(string)
		switch own, _, _ := parseBTPURI(uri); {
		case secret.name == "server" && own != nil && own.Account+own.Token == "":
			continue // it holds none
		case refers(value):
			r.fault(path, "is changed, and "+secret.name+" refers to a secret on this machine, which another server would get",
				"write "+secret.name+" itself in the same patch, or change the account in the configuration file")
			return
		case force || valueAt(said, secret.location) != nil:
			continue
		}
		r.fault(path, "is changed, and another server would get the secret in "+secret.name+", which stays as it is",
			"write "+secret.name+" in the same patch, even if it is the same; or force the change")
		return
	}
}

// otherServer returns the name of the option by which changed options may reach another server than
// before, "" if there is none.
func otherServer(was, now *object) string {
	for _, server := range serverOptions {
		if !reflect.DeepEqual(valueAt(was, server.location), valueAt(now, server.location)) {
			return server.name
		}
	}
	return ""
}

// refers reports whether a secret is a reference.
func refers(secret any) bool {
	o, ok := secret.(*object)
	return ok && isReference(o)
}
