// Loaded before a program, makes it run as the user whom nothing belongs to, for whom permissions hold as for everyone.
"use strict";
const nobody = 65534;
process.setgroups([]);
process.setgid(nobody);
process.setuid(nobody);
