"""One number, one history: sites, a hub, an upstream, people and programs, and what breaks them.

    history.py   what happens: everything is drawn from one number
    seeds.py     upstream: documents, how they change, and their texts
    model.py     what has to be there: it knows only values, and who set them
    world.py     does what happens, with real repositories, and asks the model
    program.py   a program that reads and writes live files
    faults.py    a full disk, and somebody who is faster; tests/killed.py kills
    stand_in.py  moves refs and objects in place of git, which takes most of the time
    start.py     what every history starts from
    play.py      plays a history, and finds the shortest part of it that goes wrong as well

`make simulate SEED=1 HISTORIES=1000` plays many. What fails prints one line that repeats it.
"""
