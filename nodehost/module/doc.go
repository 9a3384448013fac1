// Package module finds npm modules, as Node.js would, and loads none of them.
//
//   - [FindNode] finds the program that is to run them.
//   - [Folders] says where it looks for them.
//   - [Resolve] asks Node.js for the files of modules: a short script, resolve.js, does what
//     require does before it loads a file.
//
// Both programs run with an empty environment, for a bounded time, and what they say is bounded.
package module
