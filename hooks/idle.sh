# Where there is surely nothing to do, this hook ends without Python; in doubt it goes on. Which files
# are seeds, and under which rules, stands in notes (seedgit/operations/install/hook_notes.py).
notes=${GIT_DIR:-.git}/seedgit

# git, to which a pathspec is a pattern, whatever the environment says
ask() {
    GIT_LITERAL_PATHSPECS=0 GIT_GLOB_PATHSPECS=0 GIT_NOGLOB_PATHSPECS=0 GIT_ICASE_PATHSPECS=0 \
        git "$@"
}

# with_seeds COMMAND...: run it with the pathspecs of the seeds, if the rules are those of the notes
with_seeds() {
    # Python warns of any other mode.
    case ${SEEDGIT_MODE-} in '' | off | dry-run | live) ;; *) return 1 ;; esac
    line=
    test -f "$notes/seeds" && cd -P . && {
        IFS= read -r line && test "$line" = "@NOTED@" &&
            IFS= read -r line && test "$line" = "$PWD" &&
            IFS= read -r rules && IFS= read -r sites && IFS= read -r text &&
            IFS= read -r review && IFS= read -r line &&
            while IFS= read -r line && test "$line" != end; do set -- "$@" "$line"; done
    } <"$notes/seeds"
    test "$line" = end || return 1
    if test "$rules" = none; then
        test ! -e @RULES@ && test ! -L @RULES@ || return 1
    else
        test -f @RULES@ && test ! -L @RULES@ && cmp -s @RULES@ "$notes/$rules" || return 1
    fi
    if test "$sites" = none; then
        test ! -s "$text" || return 1
    else
        cmp -s "$text" "$notes/$sites" || return 1
    fi
    "$@"
}

# staged_as_in COMMIT: no seed in the index differs from what the commit has. Of a path in conflict git
# may not say so, but it runs no hook before that is resolved.
staged_as_in() {
    with_seeds ask diff-index --cached --quiet --no-ext-diff --ita-visible-in-index \
        --ignore-submodules=none "$1" --
}

# the same, of a commit that git merges just now
staged_as_in_theirs() {
    all=$(export -p)
    case $all in *GITHEAD_*) ;; *) return 1 ;; esac
    id=${all##*GITHEAD_}
    id=${id%%[!0123456789abcdef]*}
    { test ${#id} = 40 || test ${#id} = 64; } && eval "test \"\${GITHEAD_$id+set}\"" &&
        test ! -e "${GIT_DIR:-.git}/MERGE_HEAD" && staged_as_in "$id"
}

# kept MESSAGE: pre-commit, of this very run of git, has checked this very index; the message gets the
# trailer that it noted, if one is needed
kept() {
    message=$1 line=
    test -f "$notes/allowed" && {
        IFS= read -r git && IFS= read -r tree && IFS= read -r reason &&
            IFS= read -r trailer && IFS= read -r line
    } <"$notes/allowed"
    test "$line" = end && test "$git" = "$PPID" && test "$reason" = "$SEEDGIT_ALLOW" &&
        with_seeds same_tree && {
        test -z "$trailer" || git @TRAIL@ --trailer "$trailer" "$message"
    }
}
same_tree() { test "$(ask write-tree)" = "$tree"; }

# nothing is to be rebased, told or swept: it was so before, and no seed and no overlay has changed
settled() {
    no_live_tree || return 1
    for left in *@LEFT@* .*@LEFT@* @LEFT@*; do
        test ! -e "$left" && test ! -L "$left" || return 1
    done
    overlays=$(ask for-each-ref --format='%(objectname) %(refname)' @OVERLAYS@) || return 1
    test "$overlays" || { with_seeds no_review && return 0; }
    seen= line=
    test -f "$notes/settled" && {
        IFS= read -r under && IFS= read -r tip &&
            while IFS= read -r line && test "$line" != end; do
                seen="$seen${seen:+
}$line"
            done
    } <"$notes/settled"
    test "$line" = end && test "$seen" = "$overlays" && with_seeds no_commits
}
no_live_tree() { test ! -e "$notes/live"; }
no_review() { test "$review" = no-review; }
no_commits() {
    test "$under" = "$rules" &&
        found=$(GIT_NO_LAZY_FETCH=1 ask rev-list -1 --full-history "$tip...HEAD" -- "$@") && test -z "$found"
}
