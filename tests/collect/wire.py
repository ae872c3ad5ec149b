"""Articles of our own, as an agency would send them: different events in different words."""

from __future__ import annotations

SHIPYARD = """\
The navy of the northern republic took over its third patrol ship on Tuesday, two years later than planned, after
the yard at Bergvik had to replace both gearboxes. The vessel, named Grey Heron, is 82 metres long and carries a
crew of 45. Commodore Lena Farrow said at the pier that the delay had been painful but that the ship was worth the
wait. “We have learned to ask harder questions before we sign,” she told the families who had come to see the flag
change. The yard paid a penalty of 31 million crowns, according to its annual report. Two more ships of the class
are being built at Bergvik, and the second of them will be launched in September. Opposition lawmaker Tomas Quist
called the programme a lesson in how not to buy ships, and asked for an inquiry. The ministry said that an inquiry
would only repeat what the auditors had found. Grey Heron will sail for Castellane in May, where she will relieve
an older ship that has guarded the fishing grounds since 1994. Fishermen there welcomed the news. “The old one was
in port more often than we were,” said Marta Solberg, who runs a cooperative of 60 boats. The navy expects the
ship to serve for thirty years."""

BRIDGE = """\
Engineers of the army opened a floating bridge over the river Ilves on Friday, replacing a road that a flood had
washed away in February. The bridge can carry lorries of up to 20 tonnes, one at a time, and will stay until a new
road is finished in the autumn. Captain Igor Novak, whose company built it in nine days, said that the current had
been stronger than in any exercise. Residents of Ostrava, the town on the far bank, had been cut off from their
hospital for seven weeks. Mayor Ana Kovarik thanked the soldiers and said that the town would name a street after
them. A baker drove the first van across, with 400 loaves on board, and a school band played. The province will
pay for diesel and for the guards who count the lorries. Critics say that a second road should have been built
years ago, because the river floods every decade. The transport ministry answered that the money had gone to the
coast, where storms do more harm. Work on the new road begins in June, and the contract went to a company from
Tarnow that offered to do it for 12 million crowns."""

RADAR = """\
A radar station on the island of Rask will be closed for four months while its dome is repaired, the air force
said on Monday. Lightning struck the dome in January and left a crack that lets in rain. Until the repair is done,
two mobile radars will watch the same stretch of sky from the mainland. General Piet Marwood said that nobody
needed to worry: the mobile radars see less far, but they overlap. Airlines were told last week, and no flight has
to change its route. The dome was built in 1978 and has been patched eleven times. A new one would cost 90 million
crowns, which parliament refused to pay in its last budget. The defence committee will look at the matter again in
March, its chairwoman Elin Vance said. On the island, which has 300 inhabitants, people regret that the canteen of
the station will be closed as well, since it is the only place that serves lunch in winter. The air force promised
that it would lend its cook to the school."""

SHORT = "Watch the parade live from ten o'clock on our site and tell us what you think of it."

ALL = {"shipyard": SHIPYARD, "bridge": BRIDGE, "radar": RADAR}
