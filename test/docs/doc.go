// Package docs executes the documentation: every example in README.md and docs/ is run, parsed or compared with
// what it shows, and every name that the pages speak of has to exist. The package has no code but its tests, and
// a program that docs/embedding.md shows.
//
// What is done with a fenced block is said behind its language:
//
//	yaml title="connector.yaml"  a whole configuration (json too): it has no faults and draws no warnings. It is
//	                             written to the folder of the page, where its commands run
//	yaml account                 settings of one account; the required ones that are left out are filled in
//	yaml account refused="words" the same, and it has one fault, with these words
//	yaml settings                settings of a configuration; the same
//	yaml data, json              it parses
//	js title="app.js"            a program, written to the folder of the page
//	sh                           commands, run one after the other; they succeed. A block that begins with "export "
//	                             sets variables for all that follows
//	sh background                one command that goes on until the end of the page. A connector then stops on
//	                             SIGTERM with exit status 0
//	console                      commands behind "$ ", and what each prints
//	console stop                 one command that goes on: it is stopped when it has printed what is shown, with all
//	                             that is in the background
//	text interrupt="words"       Ctrl-C in the terminal of the one command in the background with these words in it, and
//	                             what it prints from then on. A connector exits with status 0
//	sh untested="why"            commands that are not run (console too)
//	go program="x_test.go"       the file, with func Example and package x_test as func main and package main
//	text output="x_test.go"      what the Example that ends the file prints
//	go from="x_test.go"          lines of the file, one after the other (any other language too)
//	text                         free
//
// In what a command prints, "..." stands for the rest of a line or something in it, and a line "..." for any lines;
// runs of blanks count as one. What begins with a brace or a bracket is JSON: the string "..." stands for any
// value, and a member of that name for any further members. A command is repeated until it does what the page says,
// for a while: a reader is slower than a connector.
//
// The blocks of a page share a folder and its connectors. A number from 7000 to 7999 is a port; each stands for a
// free one. A page that says nothing of the port of the admin API gets a free one for that as well.
//
// docs/configuration.md is generated, and its examples are checked, by package config.
package docs
