// A PostgreSQL of its own for one test program: cluster_main.c is the program's main. It starts an
// embedded cluster in a new directory under /tmp, runs the SQL files named by CLUSTER_SQL (a
// semicolon between two) as its superuser, runs all tests, and leaves nothing behind. Tests run in
// processes of their own and share the cluster.
#pragma once

// Connection strings of the database `shap`: as the superuser, and as the role shap_server.
const char *cluster_admin(void);
const char *cluster_server(void);

// The directory under /tmp: tests may make files of their own in it.
const char *cluster_directory(void);

// A new, empty database; conninfo is its superuser's connection string.
void cluster_make_database(const char *name, char *conninfo, unsigned size);
