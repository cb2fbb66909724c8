"""The who-can-do-what matrix and its parts."""
