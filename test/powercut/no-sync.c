/* A planted lie: every sync says that it was done, and does nothing. With it the power-cut rig must find losses. */
int fsync(int descriptor) { return (void)descriptor, 0; }
int fdatasync(int descriptor) { return (void)descriptor, 0; }
int syncfs(int descriptor) { return (void)descriptor, 0; }
void sync(void) {}
