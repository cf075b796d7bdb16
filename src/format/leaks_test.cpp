// What the leak sanitizer is told to overlook, so that our own leaks stand out: fontconfig and
// pango keep caches to the end of the process, cairo 1.16 loses 768 bytes per PDF with metadata,
// libxlsxwriter 1.1.4 loses the formula of each list validation.
extern "C" const char* __lsan_default_suppressions();  // NOLINT: the sanitizer asks by this name

extern "C" const char* __lsan_default_suppressions() {
    return "leak:libfontconfig\nleak:libpangoft2\nleak:libcairo.so\nleak:lxw_strdup\n";
}
