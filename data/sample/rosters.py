"""The simulated schools of the three sample counties in their latest school year.

Names are plainly simulated; the three schools that the Huantai annex names appear with （模拟）.
Sizes are chosen so that every kind of school the regulation treats apart occurs at least once.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One school or campus of the roster.

    ``crowded_primary`` and ``crowded_junior`` are the classes above 45 and above 50 pupils;
    ``full_size_rooms`` says whether its music and art rooms have full size; ``campus_of`` names the
    main school of a campus that is not counted as a school, which takes ``share`` of its pupils. ``until`` is the last
    school year of a school that was closed, ``merged_into`` the school that took over its pupils, teachers and buildings.
    """

    name: str
    school_type: str
    urban_rural_code: str
    primary: int = 0
    junior: int = 0
    senior: int = 0
    crowded_primary: int = 0
    crowded_junior: int = 0
    built_year: int = 1996
    boarding: bool = False
    non_government: bool = False
    full_size_rooms: bool = False
    rooms_short: bool = False
    no_pe_teacher: bool = False
    equipment_factor: float | None = None
    sports_factor: float | None = None
    campus_of: str = ""
    share: float = 0.0
    until: int | None = None
    merged_into: str = ""


PRIMARY, SITE, JUNIOR = "primary_school", "teaching_site", "junior_secondary_school"
NINE, COMPLETE, TWELVE, SPECIAL = "nine_year", "complete_secondary", "twelve_year", "special_education"

HUANTAI = (
    Entry("桓台县模拟第一小学", PRIMARY, "111", 2286, crowded_primary=15, built_year=1988),
    Entry("桓台县模拟第二小学", PRIMARY, "111", 2143, crowded_primary=13, built_year=1992),
    Entry("桓台县模拟第三小学", PRIMARY, "112", 2061, crowded_primary=11, built_year=2001),
    Entry("桓台县模拟实验小学", PRIMARY, "111", 1684, crowded_primary=7, built_year=1985),
    Entry("桓台县模拟第五小学", PRIMARY, "112", 1327, crowded_primary=4, built_year=2009),
    Entry("索镇模拟中心小学", PRIMARY, "121", 1158, crowded_primary=3, built_year=1998),
    Entry("果里镇模拟中心小学", PRIMARY, "121", 934, built_year=2003),
    Entry("唐山镇模拟中心小学", PRIMARY, "122", 876, built_year=2005),
    Entry("马桥镇模拟中心小学", PRIMARY, "121", 1043, crowded_primary=2, built_year=2000),
    Entry("新城镇模拟中心小学", PRIMARY, "121", 782, built_year=1997),
    Entry("田庄镇模拟中心小学", PRIMARY, "121", 743, built_year=1999),
    Entry("起凤镇模拟中心小学", PRIMARY, "121", 817, built_year=2006),
    Entry("荆家镇模拟中心小学", PRIMARY, "121", 694, built_year=2002),
    Entry("桓台县模拟开发区小学", PRIMARY, "123", 588, built_year=2011),
    Entry("索镇模拟第二小学", PRIMARY, "122", 536, built_year=1995),
    Entry("果里镇模拟第二小学", PRIMARY, "122", 472, built_year=1994),
    Entry("果里镇模拟东沙小学", PRIMARY, "220", 318, built_year=1993),
    Entry("唐山镇模拟第二小学", PRIMARY, "220", 287, built_year=1996),
    Entry("唐山镇模拟第三小学", PRIMARY, "220", 241, built_year=1991),
    Entry("马桥镇模拟第二小学", PRIMARY, "210", 366, built_year=1998),
    Entry("马桥镇模拟第三小学", PRIMARY, "220", 203, built_year=1990),
    Entry("新城镇模拟第二小学", PRIMARY, "220", 264, built_year=1995),
    Entry("新城镇模拟第三小学", PRIMARY, "220", 157, built_year=1989),
    Entry("田庄镇模拟第二小学", PRIMARY, "220", 329, built_year=1997),
    Entry("田庄镇模拟第三小学", PRIMARY, "220", 178, built_year=1992),
    Entry("田庄镇模拟第四小学", PRIMARY, "220", 132, built_year=1991),
    Entry("起凤镇模拟第二小学", PRIMARY, "210", 291, built_year=1999),
    Entry("起凤镇模拟湖区小学", PRIMARY, "220", 87, built_year=1987, boarding=True),
    Entry("荆家镇模拟第二小学", PRIMARY, "220", 246, built_year=1994),
    Entry("荆家镇模拟第三小学", PRIMARY, "220", 119, built_year=1990),
    Entry("索镇模拟村级小学", PRIMARY, "220", 94, built_year=1986),
    Entry("起凤镇模拟教学点", SITE, "220", 63, built_year=1985, no_pe_teacher=True),
    Entry("荆家镇模拟教学点", SITE, "220", 34, built_year=1984),
    Entry(
        "唐山镇模拟中心小学西校区",
        PRIMARY,
        "220",
        built_year=2005,
        campus_of="唐山镇模拟中心小学",
        share=0.22,
    ),
    Entry(
        "县实验学校（模拟）", NINE, "111", 1263, 734, crowded_primary=3, built_year=2014, full_size_rooms=True
    ),
    Entry(
        "县城南学校（模拟）",
        NINE,
        "112",
        1148,
        617,
        crowded_primary=1,
        built_year=2015,
        full_size_rooms=True,
        equipment_factor=0.78,
    ),
    Entry("一中附属学校（模拟）", NINE, "112", 1081, 796, built_year=2015, full_size_rooms=True),
    Entry("果里镇模拟九年制学校", NINE, "121", 563, 342, built_year=2004),
    Entry("马桥镇模拟九年制学校", NINE, "122", 648, 417, built_year=2007, boarding=True),
    Entry("新城镇模拟九年制学校", NINE, "121", 427, 286, built_year=2001),
    Entry("荆家镇模拟九年制学校", NINE, "220", 312, 224, built_year=2000, boarding=True),
    Entry("桓台县模拟第一中学初中部", JUNIOR, "111", junior=2087, crowded_junior=3, built_year=1999),
    Entry("桓台县模拟第三中学", JUNIOR, "112", junior=1546, crowded_junior=1, built_year=2003),
    Entry("索镇模拟中学", JUNIOR, "121", junior=924, built_year=1997),
    Entry("果里镇模拟中学", JUNIOR, "121", junior=763, built_year=1996),
    Entry("唐山镇模拟中学", JUNIOR, "122", junior=817, built_year=2002),
    Entry("田庄镇模拟中学", JUNIOR, "121", junior=681, built_year=2005, boarding=True),
    Entry("起凤镇模拟中学", JUNIOR, "220", junior=538, built_year=1998, boarding=True),
    Entry("马桥镇模拟中学", JUNIOR, "121", junior=594, built_year=2001),
    Entry(
        "桓台县模拟第二中学（完全中学）",
        COMPLETE,
        "121",
        junior=634,
        senior=1176,
        built_year=1978,
        boarding=True,
    ),
    Entry(
        "桓台县模拟世纪学校（民办）",
        TWELVE,
        "112",
        487,
        392,
        318,
        built_year=2008,
        boarding=True,
        non_government=True,
    ),
    Entry("桓台县模拟特殊教育学校", SPECIAL, "111", 71, 27, built_year=2010),
)

XIANGFEN = (
    Entry("襄汾县模拟第一小学", PRIMARY, "121", 2134, crowded_primary=14, built_year=1990),
    Entry("襄汾县模拟第二小学", PRIMARY, "121", 1687, crowded_primary=9, built_year=1996),
    Entry("襄汾县模拟第三小学", PRIMARY, "121", 1246, crowded_primary=5, built_year=2008),
    Entry("新城镇模拟西关小学", PRIMARY, "122", 873, crowded_primary=2, built_year=2001),
    Entry("汾城镇模拟中心小学", PRIMARY, "121", 764, built_year=1998),
    Entry("赵康镇模拟中心小学", PRIMARY, "121", 612, built_year=2003),
    Entry("古城镇模拟中心小学", PRIMARY, "121", 583, built_year=2000),
    Entry("襄陵镇模拟中心小学", PRIMARY, "121", 687, built_year=2006),
    Entry("邓庄镇模拟中心小学", PRIMARY, "121", 541, built_year=1999),
    Entry("南贾镇模拟中心小学", PRIMARY, "121", 438, built_year=1997),
    Entry("赵康镇模拟村级小学", PRIMARY, "220", 216, built_year=1992),
    Entry("古城镇模拟村级小学", PRIMARY, "220", 173, built_year=1994),
    Entry("邓庄镇模拟村级小学", PRIMARY, "220", 138, built_year=1991),
    Entry("南贾镇模拟村级小学", PRIMARY, "220", 92, built_year=1988, boarding=True),
    Entry("汾城镇模拟教学点", SITE, "220", 58, built_year=1987),
    Entry("襄陵镇模拟教学点", SITE, "220", 27, built_year=1986),
    Entry("襄陵镇模拟九年制学校", NINE, "122", 486, 312, built_year=2004, full_size_rooms=True),
    Entry("南贾镇模拟九年制学校", NINE, "220", 274, 187, built_year=2002, boarding=True),
    Entry(
        "襄汾县模拟育才学校（民办）",
        NINE,
        "121",
        563,
        421,
        built_year=2010,
        boarding=True,
        non_government=True,
        full_size_rooms=True,
    ),
    Entry("襄汾县模拟第二初级中学", JUNIOR, "121", junior=1873, crowded_junior=6, built_year=1999),
    Entry("汾城镇模拟初级中学", JUNIOR, "121", junior=746, built_year=1996, boarding=True),
    Entry("赵康镇模拟初级中学", JUNIOR, "121", junior=583, built_year=2001, boarding=True),
    Entry("古城镇模拟初级中学", JUNIOR, "121", junior=517, crowded_junior=1, built_year=2003, boarding=True),
    Entry("邓庄镇模拟初级中学", JUNIOR, "220", junior=364, built_year=1998, boarding=True),
    Entry(
        "襄汾县模拟中学（完全中学）", COMPLETE, "121", junior=628, senior=1342, built_year=1982, boarding=True
    ),
    Entry("襄汾县模拟特殊教育学校", SPECIAL, "121", 53, 18, built_year=2009),
)

BAGONGSHAN = (
    Entry(
        "八公山区模拟第一小学", PRIMARY, "111", 1164, crowded_primary=2, built_year=2012, full_size_rooms=True
    ),
    Entry("八公山区模拟第二小学", PRIMARY, "111", 873, built_year=2014, full_size_rooms=True),
    Entry("新庄孜街道模拟小学", PRIMARY, "112", 646, built_year=2011, full_size_rooms=True),
    Entry(
        "新庄孜街道模拟小学北校区",
        PRIMARY,
        "112",
        built_year=2011,
        full_size_rooms=True,
        campus_of="新庄孜街道模拟小学",
        share=0.31,
    ),
    Entry(
        "土坝孜街道模拟小学", PRIMARY, "112", 437, built_year=2013, full_size_rooms=True, sports_factor=0.70
    ),
    Entry("山王镇模拟中心小学", PRIMARY, "121", 386, built_year=2015, full_size_rooms=True),
    Entry("八公山镇模拟中心小学", PRIMARY, "122", 294, built_year=2010, full_size_rooms=True),
    Entry("山王镇模拟教学点", SITE, "220", 66, built_year=2009, full_size_rooms=True),
    Entry("八公山镇模拟教学点", SITE, "220", 31, built_year=2008, full_size_rooms=True),
    Entry("八公山区模拟九年制学校", NINE, "121", 423, 287, built_year=2016, full_size_rooms=True),
    Entry(
        "八公山区模拟博雅学校（民办）",
        NINE,
        "112",
        312,
        246,
        built_year=2017,
        boarding=True,
        non_government=True,
        full_size_rooms=True,
    ),
    Entry("八公山区模拟第一中学", JUNIOR, "111", junior=938, built_year=2011, full_size_rooms=True),
    Entry(
        "八公山区模拟第二中学",
        JUNIOR,
        "112",
        junior=617,
        built_year=2012,
        full_size_rooms=True,
        rooms_short=True,
    ),
    Entry("八公山区模拟特殊教育学校", SPECIAL, "112", 44, 16, built_year=2013, full_size_rooms=True),
)
