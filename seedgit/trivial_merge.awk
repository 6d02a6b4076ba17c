# The trivial merge of a file: what every entry has that one side alone changed, or both alike.
#
#     awk -f trivial_merge.awk -- PATH BASE OURS THEIRS RESULT
#
# Exit status 0: RESULT holds it, and PATH was written down for the journal. Any other: there is none, and
# RESULT may hold anything; the driver has to parse the files. To start Python for that takes longer than
# all of this, and so does git's own merge. Its bytes are these.
#
# Each version is cut where its entries begin, as the lines alone show it. Of each entry the text of the
# side that changed it is taken. Only an entry that both changed is opened, and what it holds merged in the
# same way. A list, a block scalar, an array counts as a whole, and so do the comments above an entry. What
# the lines do not show for certain ends it, and so do changes of two sides without a line between them
# that stays: these git calls a conflict, and what became of it is for the journal to tell.
#
# A text is lines that each begin with a newline. Where that will do it is looked at as a whole: what an
# expression does in one go takes a tenth of the time of a loop over its lines.

# Nothing is known. Before END this leads there.
function fail() { unknown = 1; exit 1 }

# The merged text of entries; level says where these stand. Each version has their texts by place, and in
# another array the places in their order, END_OF last. A side that changed how all of it begins, as a
# table without its header, may mean more than each entry.
function merge(level, base, ours, theirs, in_base, in_ours, in_theirs,    b, o, t, place, text, piece, tables) {
    if (ours[HEAD] != base[HEAD] || theirs[HEAD] != base[HEAD]) fail()
    b = o = t = 1
    for (;;) {
        piece = ""
        place = in_base[b]
        if (place == in_ours[o] && place == in_theirs[t]) {
            piece = chosen_of(level, place, base[place], ours[place], theirs[place])
            if (place == END_OF) return text piece
            b++; o++; t++
        }
        # Added by one side here, or the same by both.
        else if (!(in_ours[o] in base)) {
            place = in_ours[o++]
            if (place == in_theirs[t]) t++
            else if (place in theirs || !(in_theirs[t] in base)) fail()
            piece = chosen_of(level, place, "", ours[place], theirs[place])
        }
        else if (!(in_theirs[t] in base)) {
            place = in_theirs[t++]
            if (place in ours) fail()
            piece = chosen_of(level, place, "", "", theirs[place])
        }
        # Gone. What is elsewhere has moved.
        else {
            if (place == in_ours[o]) o++
            else if (place in ours) fail()
            if (place == in_theirs[t]) t++
            else if (place in theirs) fail()
            chosen_of(level, place, base[place], ours[place], theirs[place])
            b++
        }
        # A key behind a table's header would be that table's.
        if (format == "toml" && piece ~ LINE && place != HEAD) {
            if (piece ~ TOML_TABLE) tables = 1
            else if (tables) fail()
        }
        text = text piece
    }
}

function chosen_of(level, place, base, ours, theirs) {
    if (ours == base) {
        if (theirs != base) changed(THEIRS, place, base, theirs)
        else if (last && length(between) < MOST_BETWEEN) between = between base
    }
    else if (theirs == base) changed(OURS, place, base, ours)
    else if (theirs == ours) changed(BOTH, place, base, ours)
    else return opened(level, place, base, ours, theirs)
    passed += length(bare(base))
    return ours == base ? theirs : ours
}

# Keeps in mind who changed the last line so far, and what stayed since.
function changed(side, place, old, new) {
    if (last && last != side) {
        if (last != BOTH && side != BOTH && same(FIRST_LINE, old, new)) between = between line_of(FIRST_LINE, old)
        if (!parts_them(between, 1)) fail()
        stretch++
    }
    whose[++changes] = side
    if (side != THEIRS) goes_on(OURS)
    if (side != OURS) goes_on(THEIRS)
    stretch_of[changes] = stretch
    starts[changes] = passed
    before[changes] = bare(old)
    after[changes] = bare(new)
    # What both took away git may pair with what one of them put in; and that may be what they took away.
    if (side == BOTH && length(new) < length(old)) gone = 1
    else others = 1
    if (gone && others) fail()
    last = side
    between = side != BOTH && same(LAST_LINE, old, new) ? line_of(LAST_LINE, old) : ""
    # What stands in several places is one entry.
    sub(ARRAY "+$", "", place)
    if (place in runs) {
        if (place in changed_by && changed_by[place] != side) fail()
        changed_by[place] = side
    }
}

function goes_on(side) {
    if (!(side in first_in)) first_in[side] = stretch
    last_in[side] = stretch
}

# Whether a text has so many lines that stand once in each version: others git may pair otherwise.
function parts_them(text, most,    lines, line, count, n, v, at) {
    count = split(text, lines, /\n/)
    for (n = 2; n <= count; n++) {
        if (("\n" lines[n]) !~ FIRST_LINE) continue
        line = "\n" lines[n] "\n"
        for (v = 1; v <= 3; v++) {
            if ((searched += length(version[v])) > MOST_SEARCHED) fail()
            at = index(version[v], line)
            if (!at || index(substr(version[v], at + 1), line)) break
        }
        if (v > 3 && !--most) return 1
    }
    return 0
}

# Ends it where git may pair lines across what parts the changes: what a side has less of on one side of
# it with what it has more of on the other. Then what is between counts as moved, unless that is more.
function none_crosses(    n, pass) {
    for (n = 1; n <= changes; n++)
        if (whose[n] != THEIRS && first_in[OURS] < last_in[OURS]) weigh(n)
        else if (whose[n] != OURS && first_in[THEIRS] < last_in[THEIRS]) weigh(n)
    for (pass = 1; weighed && pass <= 2; pass++) {
        split("", met)
        split("", more_so_far)
        split("", less_so_far)
        for (n = 1; n <= weighed; n++) pair_up(pass, line_at[n], met[line_at[n]], change_at[n], n)
    }
}

# Writes down what lines one change has more and less of. Where what stayed is in another order, all count.
function weigh(n,    old, new, olds, news, less, more, stayed, still, line, side, both) {
    olds = split(before[n], old, /\n/)
    news = split(after[n], new, /\n/)
    for (line = 2; line <= olds; line++) less[old[line]]++
    for (line = 2; line <= news; line++) more[new[line]]++
    for (line = 2; line <= olds; line++) if (less[old[line]] == more[old[line]]) stayed = stayed "\n" old[line]
    for (line = 2; line <= news; line++) if (less[new[line]] == more[new[line]]) still = still "\n" new[line]
    for (line in more) {
        both = stayed == still ? least(more[line], less[line]) : 0
        for (side = OURS; side <= THEIRS && more[line] + less[line] > 2 * both; side++) {
            if (whose[n] != side && whose[n] != BOTH) continue
            change_at[++weighed] = n
            line_at[weighed] = side line
            more_at[weighed] = more[line] - both
            less_at[weighed] = less[line] - both
            total_more[side line] += more_at[weighed]
            total_less[side line] += less_at[weighed]
        }
    }
}

# How many pairs of one line there may be across each parting, and then whether these are too many.
function pair_up(pass, line, former, change, n,    pairs, at) {
    pairs = least(less_so_far[line], total_more[line] - more_so_far[line]) + \
        least(more_so_far[line], total_less[line] - less_so_far[line])
    for (at = stretch_of[former]; pairs && at++ < stretch_of[change];)
        if (pass == 1) crossing[substr(line, 1, 1), at] += pairs
        else if (!parts_them(since(former, change), crossing[substr(line, 1, 1), at] + 1)) fail()
    met[line] = change
    more_so_far[line] += more_at[n]
    less_so_far[line] += less_at[n]
}

function least(one, other) { return one + 0 < other + 0 ? one + 0 : other + 0 }

# What stands between two changes.
function since(former, n,    from) {
    from = starts[former] + length(before[former])
    n = starts[n] - from
    return substr(version[1], from + 1, n < MOST_BETWEEN ? n : MOST_BETWEEN)
}

function line_of(which, text) { match(text, which); return substr(text, RSTART, RLENGTH) }

# Whether two texts have a line alike. One that they have more than once may be another one of them.
function same(which, old, new,    line) {
    if (!match(old, which)) return 0
    line = substr(old, RSTART, RLENGTH)
    if (index(substr(old, 1, RSTART - 1) substr(old, RSTART + RLENGTH), line)) return 0
    if (!match(new, which) || substr(new, RSTART, RLENGTH) != line) return 0
    return !index(substr(new, 1, RSTART - 1) substr(new, RSTART + RLENGTH), line)
}

function opened(level, place, base, ours, theirs,    b, o, t, in_base, in_ours, in_theirs) {
    level = level_in(level, place, base, ours, theirs)
    cut(level, base, b, in_base)
    cut(level, ours, o, in_ours)
    cut(level, theirs, t, in_theirs)
    return merge(level, b, o, t, in_base, in_ours, in_theirs)
}

# Where the entries of an entry stand: by their indentation, in TOML by their path. It has to be the same
# in all versions: what is no map in one of them has none.
function level_in(level, place, base, ours, theirs,    inner) {
    if (format == "toml") {
        if (place in runs || index(place, ARRAY) || index(base ours theirs, CLOSED)) fail()
        if (base !~ TOML_TABLE || ours !~ TOML_TABLE || theirs !~ TOML_TABLE) fail()
        return level BELOW place
    }
    inner = indentation(base)
    if (indentation(ours) != inner || indentation(theirs) != inner) fail()
    if (length(inner) <= length(level) || length(inner) > MOST_DEEP) fail()
    return inner
}

function indentation(text) {
    if (!match(text, MAP)) fail()
    text = substr(text, 1, RLENGTH - 1)
    sub(/.*\n/, "", text)
    return text
}

function cut(level, text, parts, order) {
    if (format == "yaml") cut_yaml(level, text, parts, order)
    else if (format == "json") cut_json(level, text, parts, order)
    else cut_toml(level, text, parts, order)
}

function put(parts, order, place, text) {
    if (place in parts) fail()
    parts[place] = text
    order[++order[0]] = place
}

# A table goes on elsewhere in another run of its place.
function add(parts, order, place, text,    run) {
    if (text == "") return
    for (run = place; run in parts; run = run ARRAY)
        if (order[order[0]] == run) {
            parts[run] = parts[run] text
            return
        }
    if (run != place) runs[place]
    put(parts, order, run, text)
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
        # What looks like comments may be text: then it counts for both, and is written once.
        if (tail != "" && may_hold(text, tail)) {
            text = raw[n]
            tail = CLOSED tail CLOSED
        }
        piece[k] = text
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

function cut_yaml(level, text, parts, order,    piece, above, count, n, key) {
    count = pieces(text, "\n" level "[^ #%\n-]", piece, above)
    if (!count) fail()
    put(parts, order, HEAD, piece[0])
    if (level == "") whole_yaml(piece, count)
    for (n = 1; n <= count; n++) {
        key = yaml_key(piece[n])
        # A key may begin like an item.
        if (index(piece[n], "\n" level "-") && piece[n] ~ "\n" level "-[^ \n]") fail()
        add(parts, order, key ABOVE, above[n])
        put(parts, order, key, piece[n])
    }
    put(parts, order, END_OF, above[n])
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
function plain(text,    lines, line, count, n, indent, at, from, value, key) {
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
        match(line, /^ */)
        indent = RLENGTH
        match(line, /^ *([-?:] +)*/)
        at = RLENGTH
        line = substr(line, at + 1)
        sub(/^(![^ ]* +)+/, "", line)
        value = line
        # Before its first quote or bracket a line has one ": " only, or no parser takes it.
        if (match(line, /^[^]["'{}#]*: +/) || match(line, /^("[^"\\]*"|'[^']*') *: */))
            value = substr(line, RLENGTH + 1)
        else if (line ~ /^[^"'[{].*:( |$)/) return 0
        key = length(line) > length(value)
        sub(/^(![^ ]* +)+/, "", value)
        if (value ~ /^[|>][-+0-9]* *( #.*)?$/) {
            # On a line of its own it may be text.
            if (!key && at == indent) return 0
            from = key ? at + 1 : at - 1
        }
        else if (value ~ /^["'[{]/ && value !~ YAML_QUOTED && !closed(value)) return 0
    }
    return 1
}

# Whether a flow collection ends on its line.
function closed(text,    n) {
    if (length(text) > MOST_INSIDE) return 0
    while (n++ < MOST_DEEP && gsub(YAML_FLOW, CLOSED, text));
    return text ~ /^\003 *( #.*)?$/
}

# -- JSON: members by their indentation ------------------------------------------------------------

function cut_json(level, text, parts, order,    piece, count, n, end) {
    if (!match(text, /\n[ \t]*\},?$/)) fail()
    end = substr(text, RSTART)
    text = substr(text, 1, RSTART - 1)
    if (gsub("\n" level "\"", CUT "&", text) > MOST_ENTRIES) fail()
    count = split(text, piece, /\001/)
    put(parts, order, HEAD, piece[1])
    for (n = 2; n <= count; n++) {
        if ((substr(piece[n], length(piece[n])) == ",") == (n == count)) fail()
        put(parts, order, json_key(piece[n]), piece[n])
    }
    put(parts, order, END_OF, end)
}

function json_key(text,    key, value) {
    if (text in keys) return keys[text]
    if (!match(text, JSON_KEY)) fail()
    key = substr(text, 1, RLENGTH)
    value = substr(text, RLENGTH + 1)
    sub(/,$/, "", value)
    gsub(/^\n[ \t]*"|" *: *$/, "", key)
    gsub(/\\\//, "/", key)
    if (value !~ /^("([^"\\\n]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null)$/) {
        # It has to be one value, and no comment in it.
        # Escapes first, or what ends nowhere would be tried from each of them.
        if (index(value, "\\")) gsub(/\\[^\n]/, CLOSED, value)
        gsub(/"[^"\n]*"/, "", value)
        if (value !~ /^[[{]/ || value !~ /[]}]$/ || value ~ /["\/\\\003]/) fail()
        if (!balanced(substr(value, 2, length(value) - 2))) fail()
    }
    return keys[text] = key
}

function balanced(text,    n) {
    if (length(text) > MOST_INSIDE) fail()
    while (n++ < MOST_DEEP && gsub(/\[[^][{}]*\]|\{[^][{}]*\}/, "", text));
    return text !~ /[][{}]/
}

# -- TOML: keys by their tables --------------------------------------------------------------------

function cut_toml(level, text, parts, order,    piece, above, count, n, name, array, arrays, seen, former, whole_name) {
    count = pieces(text, "\n[ \t]*\\[", piece, above)
    former = level
    cut_keys(piece[0], parts, order)
    for (n = 1; n <= count; n++) {
        name = path_of_table(piece[n])
        if (name == level BELOW ARRAY) fail()
        if (name == level) {
            add(parts, order, HEAD ABOVE, above[n])
            put(parts, order, HEAD, header)
            cut_keys(substr(piece[n], length(header) + 1), parts, order)
        }
        else {
            # All tables below one are its text, and all items of an array.
            array = index(name, ARRAY)
            whole_name = name = substr(name, length(level) + 2)
            sub(BELOW ".*", "", name)
            if (array) arrays[name]
            else if (whole_name in seen && !(name in arrays)) fail()
            seen[whole_name]
            # What is between may belong to another table than it seems.
            if (name in arrays && name in parts && former != name) fail()
            add(parts, order, name, above[n] piece[n])
        }
        former = name
    }
    put(parts, order, END_OF, above[n])
}

function cut_keys(text, parts, order,    piece, above, count, n, key, path, seen) {
    count = pieces(text, "\n[ \t]*" TOML_NAME "[ \t]*=", piece, above)
    if (piece[0] != "" || above[count + 1] != "") fail()
    for (n = 1; n <= count; n++) {
        match(piece[n], "^\n[ \t]*" TOML_NAME)
        key = substr(piece[n], 1, RLENGTH)
        sub(/^\n[ \t]*/, "", key)
        # All keys below one are its text; each has its own comments.
        path = path_of(key)
        if (path in seen) fail()
        seen[path]
        key = substr(path, 2)
        sub(BELOW ".*", "", key)
        add(parts, order, path ABOVE, above[n])
        add(parts, order, key, piece[n])
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
    print path >> (dir "/seedgit/trivial")
}

function chosen(variable, otherwise) { return ENVIRON[variable] == "" ? otherwise : ENVIRON[variable] }

# A declared rename moves what the lines show elsewhere.
function no_renames(file,    line, size) {
    while ((getline line < file) > 0) if ((size += length(line) + 1) > MOST_RULES || line ~ /renames|\\/) fail()
}

# In another mode the journal is to have what both engines found. What a file includes counts, whatever
# the condition for that.
function in_mode_live(file,    line, low, ours, includes, name) {
    if (file in looked_at) return
    if (++files > MOST_DEEP) fail()
    looked_at[file]
    while ((getline line < file) > 0) {
        low = tolower(line)
        if (low ~ /^[ \t]*\[/) {
            ours = low ~ /\[seedgit\]/
            includes = low ~ /\[include/
        }
        if (ours && low ~ /(mode|shadow)/ && line !~ /(mode[ \t]*= *"?live|shadow[ \t]*= *"?false)"?[ \t]*$/) fail()
        if (includes && match(low, /(^|\]|[ \t])path[ \t]*=[ \t]*"?/)) {
            name = substr(line, RSTART + RLENGTH)
            sub(/"?[ \t]*([#;].*)?$/, "", name)
            if (sub(/^~\//, "", name)) name = ENVIRON["HOME"] "/" name
            else if (name !~ /^\//) name = folder_of(file) name
            in_mode_live(name)
        }
    }
}

function folder_of(file) { sub(/[^\/]*$/, "", file); return file }

# A version as a whole, cut.
function read(text, parts, order,    inner, blank) {
    if ((size += length(text)) > MOST_BYTES) fail()
    if (NUL && index(text, NUL)) fail()
    if (index(text, "\r")) {
        if (gsub(/\r\n/, "\n", text) != gsub(/\n/, "\n", text)) fail()
        crlf++
    }
    text = "\n" text
    # Without a line feed behind it a last line is another one to git than with one.
    if (sub(/\n$/, "", text)) ended++
    else if (match(text, /\n[^\n]*$/)) last_line[++open_ended] = substr(text, RSTART)
    if (text ~ /[\002-\006\r]/) fail()
    version[NR] = text "\n"
    # In such a run some awks look for a name or a dot anew from each blank on.
    if (format == "toml") {
        blank = text
        gsub(/\t/, " ", blank)
        if (index(blank, WIDE)) fail()
    }
    if (format == "json") {
        inner = indentation(text)
        if (inner == "" || level != "" && level != inner) fail()
        level = inner
    }
    if (format == "yaml") {
        # Some characters end a line for YAML only.
        if (index(text, "\302\205") || index(text, "\342\200\250") || index(text, "\342\200\251")) fail()
    }
    cut(level, text, parts, order)
}

# A last \001 of a file goes unseen, and some awks end a text where a NUL is.
function all_was_read(    n, text, bytes) {
    if (NUL) {
        RS = "\002"
        for (n = 2; n < 5; n++) if ((getline text <ARGV[n]) > 0) bytes += length(text)
        RS = CUT
    }
    else if (!index(ARGV[2] ARGV[3] ARGV[4], "'"))
        ("cat -- '" ARGV[2] "' '" ARGV[3] "' '" ARGV[4] "' | wc -c") | getline bytes
    return bytes + 0 == size
}

function bare(text) {
    if (index(text, CLOSED)) gsub(CLOSED "[^" CLOSED "]*" CLOSED, "", text)
    return text
}

# What was written is read again: not every awk tells that a disk is full.
function write(text, file,    kept) {
    text = bare(text)
    if (ended) text = text "\n"
    if (crlf) gsub(/\n/, "\r\n", text)
    ORS = ""
    print substr(text, crlf ? 3 : 2) >file
    if (close(file) || (getline kept <file) <= 0 || kept != substr(text, crlf ? 3 : 2)) fail()
    ORS = RS = "\n"
}

BEGIN {
    path = ARGV[1]
    result = ARGV[5]
    ARGV[1] = ARGV[5] = ""
    if (index(path, "\n")) fail()
    name = tolower(path)
    format = name ~ /[^\/]\.ya?ml$/ ? "yaml" : name ~ /[^\/]\.(jsonc?|code-workspace)$/ ? "json" : name ~ /[^\/]\.toml$/ ? "toml" : ""
    if (format == "") fail()
    if (length(sprintf("a%cb", 0)) == 3) NUL = sprintf("%c", 0)
    # Each file is one record. None that passes has these characters; behind a key, the other ones say
    # what of it is meant.
    RS = CUT = "\001"
    ABOVE = "\002"; CLOSED = "\003"; BELOW = "\004"; ARRAY = "\005"; HEAD = "\006"; END_OF = ABOVE ABOVE
    OURS = 1; THEIRS = 2; BOTH = 3
    # Blank lines and comments are too much alike to keep changes apart.
    LINE = "\n[ \t]*[^# \t\n\003][^\n]*"; FIRST_LINE = "^" LINE; LAST_LINE = LINE "$"
    # Beyond these the parser is quicker, which leaves out what is alike.
    MOST_ENTRIES = 1000; MOST_DEEP = 100; MOST_GLUED = 200000; MOST_WIDE = 1000; MOST_LONG = 20000
    MOST_INSIDE = 500000; MOST_BETWEEN = 5000; MOST_BYTES = 6000000; MOST_RULES = 1000000
    # Each line between two changes may be looked for in all of it: a second at most.
    MOST_SEARCHED = 300000000
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
        WIDE = sprintf("%80s", "")
        TOML_NAME = "([A-Za-z0-9_-]|[ \t]*[.][ \t]*|'[^'\n]*'|\"([^\"\\\\\n]|\\\\[^\n])*\")+"
        TOML_TABLE = "^(\n[ \t]*(#[^\n]*)?)*\n[ \t]*\\["
        TOML_STRING = "\"\"\"([^\"\\\\]|\\\\.|\"[^\"\\\\]|\"\"[^\"\\\\])*\"\"\"|'''([^']|'[^']|''[^'])*'''|" \
            "\"([^\"\\\\\n]|\\\\[^\n])*\"|'[^'\n]*'|#[^\n]*"
    }
}
FNR > 1 { fail() }
NR == 1 { read($0, base, in_base) }
NR == 2 { read($0, ours, in_ours) }
NR == 3 { read($0, theirs, in_theirs) }
END {
    if (unknown || NR != 3 || crlf % 3 || ended % 3) exit 1
    if (last_line[1] != last_line[2] || last_line[2] != last_line[3] || !all_was_read()) fail()
    merged = merge(level, base, ours, theirs, in_base, in_ours, in_theirs)
    none_crosses()
    write(merged, result)
    no_renames(".seedgit.yaml")
    write_down()
}
