# Whether git's clean merge of a file certainly means what a merge by structure would.
#
#     git merge-file -p OURS BASE THEIRS 3>&1 >MERGED |
#         awk -f agree.awk -- PATH BASE OURS THEIRS /dev/stdin MERGED
#
# Exit status 0: it does, and PATH was written down for the journal. Any other: no more is known, and
# the driver has to parse the files. To start Python for that takes longer than all of this. git is at
# work while BASE, OURS and THEIRS are read; MERGED is complete when the pipe, where nothing is written,
# comes to its end. What git's exit status would say, conflicts or a full disk, MERGED shows as well.
#
# Each version is cut where its entries begin, as the lines alone show it. MERGED has to have, of each
# entry, the text of the side that changed it, or what neither or both did. Only an entry that both
# changed is opened, and what it holds compared in the same way. A list, a block scalar, an array counts
# as a whole, and so do the comments above an entry. What the lines do not show for certain ends it.
#
# A text is lines that each begin with a newline. Where that will do it is looked at as a whole: what an
# expression does in one go takes a tenth of the time of a loop over its lines.

# Nothing is known. Before END this leads there.
function fail() { unknown = 1; exit 1 }

# What each version has at each place; level says where these stand. A side that changed how all of it
# begins, as a table without its header, may mean more than each entry.
function compare(level, base, ours, theirs, merged, places,    place, one) {
    if (ours[HEAD] != base[HEAD] || theirs[HEAD] != base[HEAD] || merged[HEAD] != base[HEAD]) fail()
    for (place in places) {
        if (ours[place] == base[place]) one = theirs[place]
        else if (theirs[place] == base[place] || theirs[place] == ours[place]) one = ours[place]
        else {
            open_up(level, place, base[place], ours[place], theirs[place], merged[place])
            continue
        }
        if (merged[place] != one) fail()
    }
}

function open_up(level, place, base, ours, theirs, merged,    b, o, t, m, places) {
    level = level_in(level, place, base, ours, theirs, merged)
    cut(level, base, b, places)
    cut(level, ours, o, places)
    cut(level, theirs, t, places)
    cut(level, merged, m, places)
    compare(level, b, o, t, m, places)
}

# Where the entries of an entry stand: by their indentation, in TOML by their path. It has to be the same
# in all versions: what is no map in one of them has none.
function level_in(level, place, base, ours, theirs, merged,    inner) {
    if (format == "toml") {
        if (place == ARRAY || base !~ TOML_TABLE || ours !~ TOML_TABLE || theirs !~ TOML_TABLE) fail()
        return level BELOW place
    }
    inner = indentation(base)
    if (indentation(ours) != inner || indentation(theirs) != inner || indentation(merged) != inner) fail()
    if (length(inner) <= length(level) || length(inner) > MOST_DEEP) fail()
    return inner
}

function indentation(text) {
    if (!match(text, MAP)) fail()
    text = substr(text, 1, RLENGTH - 1)
    sub(/.*\n/, "", text)
    return text
}

function cut(level, text, parts, places) {
    if (format == "yaml") cut_yaml(level, text, parts, places)
    else if (format == "json") cut_json(level, text, parts, places)
    else cut_toml(level, text, parts, places)
}

function put(parts, places, place, text) {
    if (place in parts) fail()
    parts[place] = text
    places[place]
}

function add(parts, places, place, text) {
    if (text == "") return
    parts[place] = parts[place] text
    places[place]
}

# Cuts a text before each match: what is before the first is piece 0. The comments and blank lines that
# a piece ends with stand above the next one; what the last ends with, above none.
function pieces(text, start, piece, above,    raw, count, n, k, tail) {
    if (gsub(start, CUT "&", text) > MOST_ENTRIES) fail()
    count = split(text, raw, /\001/)
    k = 0
    for (n = 1; n <= count; n++) {
        # A line of an array or of a long string may look like a header or a key.
        if (format == "toml" && !whole(raw[n])) {
            if (n == count || (glued += length(raw[n])) > MOST_GLUED) fail()
            raw[n + 1] = raw[n] raw[n + 1]
            continue
        }
        tail = tail_of(raw[n])
        text = substr(raw[n], 1, length(raw[n]) - length(tail))
        # What looks like comments may be text: then it counts for both.
        piece[k] = tail != "" && may_hold(text, tail) ? raw[n] : text
        above[++k] = tail
    }
    return k - 1
}

function tail_of(text,    lines, n, size) {
    if (!index(text, "#") && !index(" \t\n", substr(text, length(text)))) return ""
    n = split(text, lines, /\n/)
    while (n > 1 && lines[n] ~ /^[ \t]*(#|$)/) size += length(lines[n--]) + 1
    return substr(text, length(text) - size + 1)
}

# Whether the lines that a text ends with may be of a block scalar, or of a string of several lines.
function may_hold(text, tail) {
    return format == "toml" ? tail ~ /"""|'''/ : (text "\n") ~ /[|>][-+0-9]*[ \t]*(#[^\n]*)?\n/
}

# -- YAML: keys by their columns -------------------------------------------------------------------

function cut_yaml(level, text, parts, places,    piece, above, count, n, key) {
    count = pieces(text, "\n" level "[^ #%\n-]", piece, above)
    if (!count) fail()
    parts[HEAD] = piece[0]
    if (level == "") whole_yaml(piece, count)
    for (n = 1; n <= count; n++) {
        key = yaml_key(piece[n])
        # A key may begin like an item.
        if (index(piece[n], "\n" level "-") && piece[n] ~ "\n" level "-[^ \n]") fail()
        put(parts, places, key, piece[n])
        add(parts, places, key ABOVE, above[n])
    }
    add(parts, places, END_OF, above[n])
}

function yaml_key(text,    key) {
    if (!match(text, YAML_KEY)) fail()
    key = substr(text, 1, RLENGTH)
    gsub(/^\n *["']?|["']?:[ \n]?$/, "", key)
    if (key ~ /^[-+.0-9TFN]/ && key ~ NO_STRING && key !~ /^(0|[1-9][0-9]*)$/) fail()
    return key
}

# What the lines of one document show is so: nothing is above it, and where it begins something, that is
# a key or ends on its line. The lines of a quoted text or a flow collection may stand anywhere, and look
# like keys; an anchor holds for what may stand far off; what does not parse, as a template, is to be told.
function whole_yaml(piece, count,    n) {
    sub(/^(\n *(#[^\n]*)?|\n%YAML 1\.[0-9]+ *)*\n--- *(#[^\n]*)?/, "", piece[0])
    if (piece[0] != "") fail()
    for (n = 1; n <= count; n++) {
        if (piece[n] in ends) continue
        if (index(piece[n], "\n---") || piece[n] ~ /["'[{&*%@`\t]/ && !plain(piece[n])) fail()
        ends[piece[n]]
    }
}

# Whether no line of a text has more to it than that.
function plain(text,    lines, line, count, n, at, from, value, key) {
    count = split(text, lines, /\n/)
    for (n = 1; n <= count; n++) {
        line = lines[n]
        if (from) {
            # The lines of a block scalar stand further right.
            match(line, /^ */)
            if (RLENGTH >= from || RLENGTH == length(line)) continue
            from = 0
        }
        if (line !~ /["'[{|>&*%@`\t]/ || line ~ /^ *#/) continue
        if (line ~ /\t|[ [{,:][&*][A-Za-z0-9_-]|[:-] +([%@`]|\{\{)|^ *[&*%@`]|^ *\{\{/) return 0
        match(line, /^ *([-?:] +)*/)
        at = RLENGTH
        line = substr(line, at + 1)
        while (sub(/^![^ ]* +/, "", line));
        value = line
        # Before its first quote or bracket a line has one ": " only, or no parser takes it.
        if (match(line, /^[^]["'{}#]*: +/) || match(line, /^("[^"\\]*"|'[^']*') *: */))
            value = substr(line, RLENGTH + 1)
        else if (line ~ /^[^"'[{].*:( |$)/) return 0
        key = length(line) > length(value)
        while (sub(/^![^ ]* +/, "", value));
        if (value ~ /^[|>][-+0-9]* *( #.*)?$/) from = key ? at + 1 : at - 1
        else if (value ~ /^["'[{]/ && value !~ YAML_QUOTED && !closed(value)) return 0
    }
    return 1
}

# Whether a flow collection ends on its line.
function closed(text,    n) {
    while (n++ < MOST_DEEP && gsub(YAML_FLOW, CLOSED, text));
    return text ~ /^\003 *( #.*)?$/
}

# -- JSON: members by their indentation ------------------------------------------------------------

function cut_json(level, text, parts, places,    piece, count, n, size) {
    if (!sub(/\n[ \t]*\}$/, "", text)) fail()
    if (gsub("\n" level "\"", CUT "&", text) > MOST_ENTRIES) fail()
    count = split(text, piece, /\001/)
    for (n = 2; n <= count; n++) {
        if (n < count) {
            size = length(piece[n])
            if (substr(piece[n], size) != ",") fail()
            piece[n] = substr(piece[n], 1, size - 1)
        }
        put(parts, places, json_key(piece[n]), piece[n])
    }
}

function json_key(text,    key, value) {
    if (text in keys) return keys[text]
    if (!match(text, JSON_KEY)) fail()
    key = substr(text, 1, RLENGTH)
    value = substr(text, RLENGTH + 1)
    gsub(/^\n[ \t]*"|" *: *$/, "", key)
    gsub(/\\\//, "/", key)
    if (value !~ /^("([^"\\\n]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null)$/) {
        # It has to be one value, and no comment in it.
        if (index(value, "\\")) gsub(/"([^"\\\n]|\\.)*"/, "", value)
        else gsub(/"[^"\n]*"/, "", value)
        if (value !~ /^[[{]/ || value !~ /[]}]$/ || value ~ /["\/]/) fail()
        if (!balanced(substr(value, 2, length(value) - 2))) fail()
    }
    return keys[text] = key
}

function balanced(text,    n) {
    while (n++ < MOST_DEEP && gsub(/\[[^][{}]*\]|\{[^][{}]*\}/, "", text));
    return text !~ /[][{}]/
}

# -- TOML: keys by their tables --------------------------------------------------------------------

function cut_toml(level, text, parts, places,    piece, above, count, n, name, array, arrays, last) {
    count = pieces(text, "\n[ \t]*\\[", piece, above)
    last = level
    cut_keys(piece[0], parts, places)
    for (n = 1; n <= count; n++) {
        name = path_of_table(piece[n])
        if (name == level BELOW ARRAY) fail()
        if (name == level) {
            if (parts[HEAD]) fail()
            parts[HEAD] = header
            add(parts, places, HEAD ABOVE, above[n])
            cut_keys(substr(piece[n], length(header) + 1), parts, places)
        }
        else {
            # All tables below one are its text, and all items of an array.
            array = index(name, ARRAY)
            name = substr(name, length(level) + 2)
            sub(BELOW ".*", "", name)
            if (array) arrays[name]
            # What is between may belong to another table than it seems.
            if (name in arrays && name in parts && last != name) fail()
            add(parts, places, name, above[n] piece[n])
        }
        last = name
    }
    add(parts, places, END_OF, above[n])
}

function cut_keys(text, parts, places,    piece, above, count, n, key, path) {
    count = pieces(text, "\n[ \t]*" TOML_NAME "[ \t]*=", piece, above)
    if (piece[0] != "" || above[count + 1] != "") fail()
    for (n = 1; n <= count; n++) {
        match(piece[n], "^\n[ \t]*" TOML_NAME)
        key = substr(piece[n], 1, RLENGTH)
        sub(/^\n[ \t]*/, "", key)
        # All keys below one are its text; each has its own comments.
        path = path_of(key)
        key = substr(path, 2)
        sub(BELOW ".*", "", key)
        add(parts, places, key, piece[n])
        add(parts, places, path ABOVE, above[n])
    }
}

# The path that a header names; that of an array is none that can be opened.
function path_of_table(text,    name, array) {
    match(text, /^\n[^\n]*/)
    if (RLENGTH > MOST_WIDE) fail()
    header = name = substr(text, 1, RLENGTH)
    if (name in keys) return keys[name]
    array = name ~ /^\n[ \t]*\[\[/
    sub(/[ \t]*(#[^]"']*)?$/, "", name)
    if (!sub(/^\n[ \t]*\[\[?[ \t]*/, "", name) || !sub(array ? "[ \t]*\\]\\]$" : "[ \t]*\\]$", "", name)) fail()
    return keys[header] = path_of(name) (array ? BELOW ARRAY : "")
}

function path_of(name,    path, part, n) {
    while (n++ < MOST_DEEP && match(name, /^([A-Za-z0-9_-]+|'[^']*'|"[^"\\]*")/)) {
        part = substr(name, 1, RLENGTH)
        name = substr(name, RLENGTH + 1)
        gsub(/^["']|["']$/, "", part)
        path = path BELOW part
        if (name == "") return path
        if (!sub(/^[ \t]*\.[ \t]*/, "", name)) fail()
    }
    fail()
}

# Whether a text ends all that it begins.
function whole(text,    rest) {
    if (text in ends) return ends[text]
    rest = text
    # By far most texts have no other strings than these.
    if (rest !~ /['\\]|"""/) { gsub(/"[^"\n]*"/, "", rest); gsub(/#[^\n]*/, "", rest) }
    else if (length(rest) > MOST_LONG) fail()
    else gsub(TOML_STRING, CLOSED, rest)
    # Two of them side by side are one over several lines that does not end here.
    return ends[text] = rest !~ /["']|\003\003/ && balanced(rest)
}

# --------------------------------------------------------------------------------------------------

# The journal takes in what is written down here; without a repository there is none.
function write_down(    dir, home, line) {
    dir = chosen("GIT_DIR", ".git")
    if ((getline line < (dir "/HEAD")) <= 0) {
        if ((getline line < dir) <= 0) return
        if (!sub(/^gitdir: /, "", line)) fail()
        dir = line
    }
    in_mode_live(dir "/config.worktree")
    if ((getline line < (dir "/commondir")) > 0) dir = line ~ /^\// ? line : dir "/" line
    in_mode_live(dir "/config")
    in_mode_live(chosen("GIT_CONFIG_SYSTEM", "/etc/gitconfig"))
    home = ENVIRON["HOME"]
    in_mode_live(chosen("GIT_CONFIG_GLOBAL", home "/.gitconfig"))
    in_mode_live(chosen("XDG_CONFIG_HOME", home "/.config") "/git/config")
    for (line in ENVIRON)
        if (line ~ /^GIT_CONFIG_(KEY_|PARAMETERS)/ && tolower(ENVIRON[line]) ~ /seedgit[.]|include/) fail()
    print path >> (dir "/seedgit/agreed")
}

function chosen(variable, otherwise) { return ENVIRON[variable] == "" ? otherwise : ENVIRON[variable] }

# A declared rename moves what the lines show elsewhere.
function no_renames(file,    line) {
    while ((getline line < file) > 0) if (line ~ /renames|\\/) fail()
}

# In another mode the journal is to have what both engines found.
function in_mode_live(file,    line, low, ours) {
    while ((getline line < file) > 0) {
        low = tolower(line)
        if (low ~ /\[seedgit\]/) ours = 1
        else if (low ~ /^[ \t]*\[/) ours = 0
        if (ours && low ~ /(mode|shadow)/ && line !~ /(mode[ \t]*= *"?live|shadow[ \t]*= *"?false)"?[ \t]*$/) fail()
    }
}

# A version as a whole, cut.
function read(text, parts,    inner) {
    if (index(text, "\r")) {
        if (gsub(/\r\n/, "\n", text) != gsub(/\n/, "\n", text)) fail()
        crlf++
    }
    text = "\n" text
    ended += sub(/\n$/, "", text)
    if (text ~ /[\002-\006\r]/) fail()
    if (format == "json") {
        inner = indentation(text)
        if (inner == "" || level != "" && level != inner) fail()
        level = inner
    }
    if (format == "yaml") {
        # Some characters end a line for YAML only.
        if (index(text, "\302\205") || index(text, "\342\200\250") || index(text, "\342\200\251")) fail()
    }
    cut(level, text, parts, places)
}

BEGIN {
    path = ARGV[1]
    ARGV[1] = ""
    if (index(path, "\n")) fail()
    name = tolower(path)
    format = name ~ /\.ya?ml$/ ? "yaml" : name ~ /\.(jsonc?|code-workspace)$/ ? "json" : name ~ /\.toml$/ ? "toml" : ""
    if (format == "") fail()
    # Each file is one record. None that passes has these characters; behind a key, the other ones say
    # what of it is meant.
    RS = CUT = "\001"
    ABOVE = "\002"; CLOSED = "\003"; BELOW = "\004"; ARRAY = "\005"; HEAD = "\006"; END_OF = ABOVE ABOVE
    # Beyond these the parser is quicker, which leaves out what is alike.
    MOST_ENTRIES = 1000; MOST_DEEP = 100; MOST_GLUED = 200000; MOST_WIDE = 1000; MOST_LONG = 20000
    if (format == "yaml") {
        YAML_KEY = "^\n *([A-Za-z0-9_./$@\\\\()-]+( +[A-Za-z0-9_./$@\\\\()-]+)*|\"[^\"\\\\\n]*\"|'[^'\n]*'):"
        MAP = YAML_KEY " *( #[^\n]*)?(\n *(#[^\n]*)?)*\n *[^ #\n-]"
        YAML_KEY = YAML_KEY "([ \n]|$)"
        quoted = "(\"([^\"\\\\]|\\\\.)*\"|'([^']|'')*')"
        YAML_QUOTED = "^" quoted " *( #.*)?$"
        # A bracket in a text might be taken for one that begins something.
        quoted = "(\"([^]\"[{}\\\\\003]|\\\\[^][{}])*\"|'[^]'[{}\003]*')"
        flow = " *" quoted "?([^][{}\"'#]|(,|: ) *" quoted ")*"
        YAML_FLOW = "\\[" flow "\\]|\\{" flow "\\}"
        # Keys that others are the same as: 1.50 is 1.5, True is true.
        NO_STRING = "^([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|0[xo][0-9A-Fa-f]+|" \
            "[+-]?[.](inf|Inf|INF|nan|NaN|NAN)|True|TRUE|False|FALSE|Null|NULL)$"
    }
    else if (format == "json") {
        JSON_KEY = "^\n[ \t]*\"([^\"\\\\]|\\\\/)*\" *: *"
        MAP = "^\n([ \t]*\"([^\"\\\\]|\\\\.)*\" *: *)?\\{\n[ \t]*\""
    }
    else {
        TOML_NAME = "([A-Za-z0-9_-]|[ \t]*[.][ \t]*|'[^'\n]*'|\"([^\"\\\\\n]|\\\\[^\n])*\")+"
        TOML_TABLE = "^(\n[ \t]*(#[^\n]*)?)*\n[ \t]*\\["
        TOML_STRING = "\"\"\"([^\"\\\\]|\\\\.|\"[^\"\\\\]|\"\"[^\"\\\\])*\"\"\"|'''([^']|'[^']|''[^'])*'''|" \
            "\"([^\"\\\\\n]|\\\\[^\n])*\"|'[^'\n]*'|#[^\n]*"
    }
}
FNR > 1 { fail() }
NR == 1 { read($0, base) }
NR == 2 { read($0, ours) }
NR == 3 { read($0, theirs) }
NR == 4 { read($0, merged) }
END {
    if (unknown || NR != 4 || crlf % 4 || ended % 4) exit 1
    compare(level, base, ours, theirs, merged, places)
    RS = "\n"
    no_renames(".seedgit.yaml")
    write_down()
}
