package admin

// NodeHost is a process of Node.js that runs npm modules, as operators see it.
type NodeHost struct {
	// Modules are the modules that it runs.
	Modules []string `json:"modules"`
	// Up reports whether it runs and answers.
	Up bool `json:"up"`
	// Version is that of Node.js, and PID the process. They are left out while there is none.
	Version string `json:"version,omitempty"`
	PID     int    `json:"pid,omitempty"`
	// Since is when it started, or when the last one ended.
	Since Time `json:"since,omitzero"`
	// ResidentBytes is the memory that it uses, and HeapBytes the part of it that has objects of JavaScript.
	ResidentBytes uint64 `json:"residentBytes,omitempty"`
	HeapBytes     uint64 `json:"heapBytes,omitempty"`
	// Restarts counts how often it was started again.
	Restarts uint64 `json:"restarts"`
	// LastError says why the last one has ended, or why this one does not answer.
	LastError string `json:"lastError,omitempty"`
	// NextStart is when the next one starts. Without one that is up, and without a time, none starts
	// before a restart of the connector.
	NextStart Time `json:"nextStart,omitzero"`
}
