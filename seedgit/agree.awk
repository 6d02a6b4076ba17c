# Whether git's clean merge of a file certainly means what a merge by structure would.
#
#     { git merge-file -p OURS BASE THEIRS >MERGED; echo $?; } |
#         awk -f agree.awk -- PATH BASE OURS THEIRS MERGED
#
# Exit status 0: it does, and PATH was written down for the journal. 10: git's merge is clean, and no
# more is known; 11: it has conflicts. Any other: git failed, or this did. Unless it is 0 the driver has
# to parse the files, and to start Python takes longer than all of this. git is at work while BASE, OURS
# and THEIRS are read; its exit status comes when MERGED is complete.
#
# Each version becomes a table of places: the path of a key, as the lines alone show it, and the text
# that stands there. What is no place of its own is part of one: a list, a block scalar, an array
# count as a whole, and so do the comments above a key. MERGED has to have, at each place, what one
# side changed, or what neither or both did. What the lines alone do not show for certain ends it.

# Nothing is known. Before END this leads there, where git's exit status decides.
function fail() { unknown = 1; exit CLEAN }

function put(place, text) {
    if ((version, place) in texts) fail()
    texts[version, place] = text
    places[place]
}

function more(place, line) {
    texts[version, place] = texts[version, place] above "\n" line
    work += length(texts[version, place])
    above = ""
}

# How what is below a path stands there: in YAML its kind and column, in TOML how its table is made.
function form(path, how) {
    texts[version, path FORM] = how
    places[path FORM]
    formed[path]
}

# How many brackets are open after a text that so many are open before.
function brackets(text, open,    rest, ended, begun) {
    if (open && text ~ /^[ \t]*"[^"\\]*",?$/) return open
    if (!open && format != "yaml" && text ~ /^(\[[^][#]*\]|\{[^{}#]*\})$/ && text !~ /"""|'''/) return 0
    if (text ~ /^[ \t]*(#|\/\/)/) return open
    gsub(/"([^"\\]|\\.)*"|'[^']*'/, "", text)
    sub(/#.*/, "", text)
    if (text ~ /["']/ || format == "json" && text ~ /\//) fail()  # a text of several lines, a comment
    while (gsub(/\[[^][{}]*\]|\{[^][{}]*\}/, "", text));
    rest = text
    begun = gsub(/[[{]/, "", text)
    ended = gsub(/[]}]/, "", text)
    # Behind a value's end there is nothing else, before its beginning neither.
    if (ended > open || !open && rest !~ (begun ? "^[[{]" : "^[ \t]*$")) fail()
    if (open && ended == open && rest !~ /[]}][ \t]*,?[ \t]*$/) fail()
    return open - ended + begun
}

function put_key(path, text) {
    put(path, text)
    if (above != "") put(path ABOVE, above)
    above = ""
    last = path
}

# -- YAML: keys by their columns -------------------------------------------------------------------

function yaml(    column, text, key, value, bare) {
    if (index($0, "\t")) fail()
    if (!match($0, /[^ ]/)) { above = above "\n"; return }
    column = RSTART - 1
    text = substr($0, RSTART)
    if (block >= 0 && column > block) { more(last, $0); return }
    block = -1
    if (text ~ /^#/) { above = above "\n" $0; return }
    if (/[&*]/ && text ~ /(^|[ [{,:])[&*][A-Za-z0-9_-]/) fail()  # an anchor holds for what may stand far off
    if (list >= 0 && (column > list || column == list && text ~ /^-( |$)/)) { yaml_item(column, text); return }
    list = -1
    if (text ~ /^-( |$)/) { yaml_list(column, text); return }
    if (!begun && text ~ /^(---( *#.*)?|%YAML 1\.[0-9]+) *$/) { above = above "\n" text; return }
    if (text ~ /^(---|\.\.\.)/) fail()
    if (match(text, /^[A-Za-z0-9_.\/$@\\()-]+( +[A-Za-z0-9_.\/$@\\()-]+)*:( |$)/)) key = substr(text, 1, RLENGTH)
    else if (match(text, /^("[^"\\]*"|'[^']*'):( |$)/)) key = substr(text, 1, RLENGTH)
    else { yaml_text(column, text); return }
    value = substr(text, length(key) + 1)
    sub(/^ +/, "", value)
    if (value ~ /^#/) value = ""
    bare = value
    sub(/^![^ ]* +/, "", bare)
    if (bare !~ /^([A-Za-z0-9]|"[^"\\]*"$|'[^']*'$|$)/) {
        if (bare ~ /^([&*%@`]|\{\{)/ || bare ~ /^["'[{]/ && brackets(bare, 0)) fail()
        if (bare ~ /^[|>][-0-9]*[+]/) fail()  # the blank lines below are text
    }
    gsub(/^["']|["']?: ?$/, "", key)
    if (key ~ /^[-+.0-9TFN]/ && key ~ NO_STRING && key !~ /^(0|[1-9][0-9]*)$/) fail()
    begun = 1
    while (depth && columns[depth] >= column) depth--
    under(column, BELOW)
    put_key(paths[depth] BELOW key, text)
    if (bare ~ /^[|>]/) block = column
    depth++
    columns[depth] = column
    paths[depth] = last
    values[depth] = value
}

# A line that goes on with a plain scalar; what could begin, or be, anything else is not certainly one.
function yaml_text(column, text) {
    if (!begun || column <= columns[depth] || above != "") fail()
    if (text ~ /^[]["'{}!&*?%@`|>,:#]/ || text ~ /:( |$)/) fail()
    if (depth && values[depth] == "") values[depth] = text
    more(last, $0)
}

function yaml_list(column, text) {
    if (text ~ /^- *\{\{/) fail()
    while (depth && (columns[depth] > column || columns[depth] == column && values[depth] != "")) depth--
    under(column, LIST)
    items = paths[depth] LIST
    begun = 1
    list = column
    put(items, "")
    yaml_item(column, text)
}

function yaml_item(column, text) {
    more(last = items, $0)
    if (text ~ /(^|[-:] +)["'[{]/) {
        gsub(/"([^"\\]|\\.)*"|'[^']*'/, "", text)
        while (gsub(/\[[^][{}]*\]|\{[^][{}]*\}/, "", text));
        if (text ~ /(^|[-:] +)["'[{]/) fail()  # its other lines may stand further left
    }
    if (text !~ /(^| )[|>][-+0-9]* *( #.*)?$/) return
    if (text ~ /[|>][-0-9]*[+]/) fail()
    match(text, /^(- +)*/)
    block = text ~ /: / ? column + RLENGTH : column
}

# What stands under a key is all of one kind and in one column, and the key has no other value.
function under(column, kind) {
    if (depth && values[depth] != "") fail()
    if (!((version, paths[depth] FORM) in texts)) form(paths[depth], kind column)
    else if (texts[version, paths[depth] FORM] != kind column) fail()
}

# -- JSON: one member a line -----------------------------------------------------------------------

function json(    text, key, value) {
    text = $0
    gsub(/^[ \t]+|[ \t]+$/, "", text)
    if (text == "") { above = above "\n"; return }
    if (closed) fail()
    if (open) { json_array(text); return }
    if (!begun) { if (text != "{") fail(); begun = 1; return }
    if (text ~ /^\},?$/) {
        if (comma == 1) fail()
        comma = sub(/,$/, "", text)
        if (above != "") put(paths[depth] END_OF, above)
        above = ""
        if (!depth && comma) fail()
        if (!depth) closed = 1
        depth--
        return
    }
    if (!comma || !match(text, /^"([^"\\]|\\\/)*" *: */)) fail()
    key = substr(text, 1, RLENGTH)
    value = substr(text, RLENGTH + 1)
    comma = sub(/,$/, "", value)
    gsub(/^"|" *: *$/, "", key)
    gsub(/\\\//, "/", key)
    put_key(paths[depth] BELOW key, substr(text, 1, length(text) - comma))
    if (value == "{") {
        if (comma) fail()
        comma = FIRST
        paths[++depth] = last
        form(last, value)
    }
    else if (value ~ /^[[{]/) {
        open = brackets(value, 0)
        if (open ? comma || value ~ /^\{/ : value !~ /[]}]$/) fail()
    }
    else if (value !~ /^("([^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null)$/) fail()
}

function json_array(text) {
    open = brackets(text, open)
    comma = open ? 0 : sub(/,$/, "", text)
    if (!open && text !~ /\]$/) fail()
    more(last, text)
}

# -- TOML: keys by their tables --------------------------------------------------------------------

function toml(    text, value, key) {
    text = $0
    if (open || until != "") {
        more(last, text)
        if (open) open = brackets(text, open)
        else if (index(text, "\\\"")) fail()
        else if (index(text, until)) until = ""
        return
    }
    gsub(/^[ \t]+|[ \t]+$/, "", text)
    if (text == "" || text ~ /^#/) { above = above "\n" text; return }
    if (text ~ /^\[/) { toml_table(text); return }
    if (!match(text, /^([A-Za-z0-9_.-]|'[^']*'|"[^"\\]*")+[ \t]*=[ \t]*/)) fail()
    key = substr(text, 1, RLENGTH)
    value = substr(text, RLENGTH + 1)
    if (item != "") more(last = item LIST, text)
    else {
        sub(/[ \t]*=[ \t]*$/, "", key)
        key = named(table, key, DOTTED)
        table_form(key, VALUE)
        put_key(key, text)
    }
    if (value ~ /^[[{]/) open = brackets(value, 0)
    else if (match(value, /^("""|''')/)) {
        if (index(value, "\\\"")) fail()
        until = substr(value, 1, 3)
        if (index(substr(value, 4), until)) until = ""
    }
}

# All items of an array of tables, and the tables in them, are one place.
function toml_table(text,    name, array, path, n) {
    name = text
    sub(/[ \t]*#[^]"']*$/, "", name)
    array = name ~ /^\[\[.*\]\]$/
    if (!sub(/^\[\[?[ \t]*/, "", name) || !sub(/[ \t]*\]\]?$/, "", name)) fail()
    path = named("", name, IMPLIED)
    item = ""
    for (n = 1; n <= arrays[version]; n++)
        if (index(path BELOW, array_at[version, n] BELOW) == 1) item = array_at[version, n]
    if (array && item == "") {
        item = array_at[version, ++arrays[version]] = path
        table_form(path, VALUE)
        put(path LIST, "")
    }
    if (item != "") { more(last = item LIST, text); return }
    table_form(path, HEADER)
    put_key(path, text)
    table = path
}

# The path of a dotted name below another; the tables it leads through are there because of it.
function named(path, name, how,    part) {
    while (match(name, /^([A-Za-z0-9_-]+|'[^']*'|"[^"\\]*")/)) {
        part = substr(name, 1, RLENGTH)
        name = substr(name, RLENGTH + 1)
        gsub(/^["']|["']$/, "", part)
        path = path BELOW part
        if (name == "") return path
        if (!sub(/^[ \t]*\.[ \t]*/, "", name)) fail()
        table_form(path, how)
    }
    fail()
}

# A table has one form only, but one that is implied may get its header as well.
function table_form(path, how) {
    if ((version, path FORM) in texts && texts[version, path FORM] how !~ /^(ii|dd|ih|hi)$/) fail()
    if (how != IMPLIED || !((version, path FORM) in texts)) form(path, how)
}

# --------------------------------------------------------------------------------------------------

function begin() {
    version++
    depth = begun = closed = open = work = 0
    block = list = -1
    comma = FIRST
    above = table = item = until = ""
}

function finish() {
    if (!version) return
    if (format == "json" && !closed || open || until != "") fail()
    put(END_OF, above)
}

# The journal takes in what is written down here; without a repository there is none.
function write_down(    dir, home, line) {
    dir = chosen("GIT_DIR", ".git")
    if ((getline line < (dir "/HEAD")) <= 0) {
        if ((getline line < dir) <= 0) return
        if (!sub(/^gitdir: /, "", line)) fail()
        dir = line
    }
    in_mode_live(dir "/config.worktree")
    sub(/\/worktrees\/[^\/]*$/, "", dir)
    in_mode_live(dir "/config")
    home = ENVIRON["HOME"]
    in_mode_live(chosen("GIT_CONFIG_GLOBAL", home "/.gitconfig"))
    in_mode_live(chosen("XDG_CONFIG_HOME", home "/.config") "/git/config")
    for (line in ENVIRON)
        if (line ~ /^GIT_CONFIG_(KEY_|PARAMETERS)/ && tolower(ENVIRON[line]) ~ /seedgit[.]/) fail()
    print path >> (dir "/seedgit/agreed")
}

function chosen(variable, otherwise) { return ENVIRON[variable] == "" ? otherwise : ENVIRON[variable] }

# A declared rename moves what the lines show elsewhere.
function no_renames(file,    line) {
    while ((getline line < file) > 0) if (line ~ /renames/) fail()
}

# In another mode the journal is to have what both engines found.
function in_mode_live(file,    line, section) {
    while ((getline line < file) > 0) {
        line = tolower(line)
        if (line ~ /^[ \t]*\[/) section = line
        if (section ~ /^[ \t]*\[seedgit\]/ && line ~ /(mode|shadow)/ && line !~ /= *"?(live|false)"?[ \t]*$/) fail()
    }
}

function read_line() {
    work += length($0) * length($0)
    if (FNR > MOST_LINES || work > MOST_WORK || /[\001-\006\r]/) fail()
    if (format == "yaml") yaml()
    else if (format == "json") json()
    else toml()
}

function compare(    place, base, ours, theirs, merged) {
    for (place in places) {
        base = (1, place) in texts ? texts[1, place] : ABSENT
        ours = (2, place) in texts ? texts[2, place] : ABSENT
        theirs = (3, place) in texts ? texts[3, place] : ABSENT
        merged = (4, place) in texts ? texts[4, place] : ABSENT
        if (ours != theirs && theirs != base && ours != base) fail()
        if (merged != (ours == base ? theirs : ours)) fail()
        if (ours != base) note_change(2, place)
        if (theirs != base) note_change(3, place)
    }
    for (place in formed)
        if (given_up(2, place) && (3, place) in changed || given_up(3, place) && (2, place) in changed) fail()
}

# A change of a place is one of all it is below.
function note_change(side, place) {
    while (!((side, place) in changed)) {
        changed[side, place]
        match(place, /[\001-\005]?[^\001-\005]*$/)
        place = substr(place, 1, RSTART - 1)
    }
}

# Whether a side took away what held others, or made it another thing: what the other side did below
# is then against that, though no line of it is touched by both.
function given_up(side, place) {
    place = place FORM
    return (1, place) in texts && (!((side, place) in texts) || texts[side, place] != texts[1, place])
}

BEGIN {
    CLEAN = 10; CONFLICTS = 11; FAILED = 12
    path = ARGV[1]
    result = ARGV[5]
    ARGV[1] = ""
    ARGC = 5
    if (index(path, "\n")) fail()
    name = tolower(path)
    format = name ~ /\.ya?ml$/ ? "yaml" : name ~ /\.(jsonc?|code-workspace)$/ ? "json" : name ~ /\.toml$/ ? "toml" : ""
    if (format == "") fail()
    # Behind a path, what of it is meant; no file that passes has these characters.
    ABOVE = "\001"; BELOW = "\002"; LIST = "\003"; END_OF = "\004"; FORM = "\005"; ABSENT = "\006"
    MOST_LINES = 3000  # in more the parser is quicker: it leaves out what is alike
    MOST_WORK = 30000000  # long lines, which matches may try again at each blank, and what is copied to add to it
    DOTTED = "d"; IMPLIED = "i"; HEADER = "h"; VALUE = "v"
    # Keys that others are the same as: 1.50 is 1.5, True is true.
    NO_STRING = "^([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|0[xo][0-9A-Fa-f]+|" \
        "[+-]?[.](inf|Inf|INF|nan|NaN|NAN)|True|TRUE|False|FALSE|Null|NULL)$"
    FIRST = 2  # before the first member no comma can be missing, and none too many
    paths[0] = ""
}
FNR == 1 { finish(); begin() }
{ read_line() }
END {
    # Not "-": that is a file of this name to some.
    if ((getline status < "/dev/stdin") <= 0 || status > 127) exit FAILED
    if (status > 0) exit CONFLICTS
    if (unknown || version != 3) exit CLEAN
    finish()
    no_renames(".seedgit.yaml")
    begin()
    while ((getline < result) > 0) read_line()
    finish()
    compare()
    write_down()
}
