#include "client/render/html.h"

#include <string.h>
#include "client/render/text.h"

static const char STYLE[] =
    "body{font:1rem/1.45 \"Helvetica Neue\",Arial,sans-serif;color:#111;background:#fff;"
    "max-width:72rem;margin:1rem auto;padding:0 1rem}\n"
    "h1{font-size:1.6rem;line-height:1.2}\n"
    "h2{font-size:1.25rem;margin-top:2rem;border-bottom:2px solid #111}\n"
    "h3{font-size:1.05rem;margin-bottom:.4rem}\n"
    "dl{display:grid;grid-template-columns:max-content auto;gap:.2rem 1rem}\n"
    "dt{font-weight:bold}dd{margin:0}\n"
    ".notice{border:2px solid #111;padding:.6rem 1rem;font-weight:bold}\n"
    ".number{text-align:right}\n"
    ".under{display:block;font-weight:bold}\n"
    ".unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;min-width:40%}\n"
    "caption{text-align:left;font-style:italic;padding:.2rem 0}\n"
    "th,td{border:1px solid #555;padding:.35rem .5rem;text-align:left;vertical-align:top}\n"
    "thead th{background:#e6e6e6}tbody th{font-weight:normal}\n"
    "@page{size:A4 landscape;margin:15mm}\n"
    "@media print{body{max-width:none;margin:0;padding:0;font-size:10pt}.wide{overflow:visible}"
    "table{width:100%}thead{display:table-header-group}tr{break-inside:avoid}"
    "h2,h3,caption{break-after:avoid}}\n";

static const char *entity_of(char c, bool breaks) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\n':
        return breaks ? "<br/>" : " ";
    default:
        return NULL;
    }
}

static bool add_escaped(struct buf *out, const char *text, size_t len, bool breaks) {
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        const char *entity = entity_of(text[i], breaks);
        if (entity == NULL)
            continue;
        if (!buf_append(out, text + from, i - from) || !buf_append_text(out, entity))
            return false;
        from = i + 1;
    }
    return from == len || buf_append(out, text + from, len - from);
}

// U+FFFE and U+FFFF are characters, but not of XML (1.0, production 2).
static bool add_xml_safe(struct buf *out, const char *text, size_t len) {
    for (size_t i = 0; i < len;) {
        uint32_t character;
        i += text_decode(text + i, len - i, &character);
        bool is_xml = character != 0xFFFE && character != 0xFFFF;
        if (!text_append(out, is_xml ? character : TEXT_REPLACEMENT))
            return false;
    }
    return true;
}

bool html_add_text(struct buf *out, const char *text, bool breaks) {
    struct buf safe = {0}, xml = {0};
    bool is_added = text_append_safe(&safe, text, strlen(text), true) &&
                    (buf_len(&safe) == 0 ||
                     (add_xml_safe(&xml, (const char *)buf_bytes(&safe), buf_len(&safe)) &&
                      add_escaped(out, (const char *)buf_bytes(&xml), buf_len(&xml), breaks)));
    buf_finish(&safe);
    buf_finish(&xml);
    return is_added;
}

bool html_add_element(struct buf *out, const char *before, const char *text, const char *after) {
    return buf_append_text(out, before) && html_add_text(out, text, true) &&
           buf_append_text(out, after);
}

bool html_add_page_start(struct buf *out, const char *title) {
    return buf_append_text(out, "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" "
                                "lang=\"en-GB\" xml:lang=\"en-GB\">\n<head>\n"
                                "<meta charset=\"utf-8\"/>\n"
                                "<meta name=\"viewport\" content=\"width=device-width, "
                                "initial-scale=1\"/>\n<title>") &&
           html_add_text(out, title, false) && buf_append_text(out, "</title>\n<style>\n") &&
           buf_append_text(out, STYLE) &&
           buf_append_text(out, "</style>\n</head>\n<body>\n<main>\n");
}

bool html_add_page_end(struct buf *out) {
    return buf_append_text(out, "</main>\n</body>\n</html>\n");
}
