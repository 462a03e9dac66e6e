package io.sparkrnn.report;

import java.util.Locale;

/** How the page looks: light or dark as its reader's screen is, light on paper, one column on a telephone. */
final class Style {
    /** Steps of a colour scale; the middle one is neither. */
    static final int COLOURS = 11;

    private static final String SHEET = """
            :root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--ink:#1b222c;--soft:#5a6675;--line:#dfe3e9;--grid:#e9ecf0;
            --run:#2b6ca3;--run-soft:#2b6ca333;--base:#b4580f;--third:#7a8795;--good:#1e6f47;--good-bg:#e0f2e8;--bad:#a32424;
            --bad-bg:#fbe6e6;--some:#85560a;--some-bg:#fbefd6}
            @media screen and (prefers-color-scheme:dark){:root{--bg:#12161b;--card:#1a2027;--ink:#e5e9ee;--soft:#a0acb9;
            --line:#303944;--grid:#28303a;--run:#6ab0e6;--run-soft:#6ab0e638;--base:#f0a35c;--third:#8a97a5;--good:#7ed3a5;
            --good-bg:#173426;--bad:#f59a9a;--bad-bg:#431d1f;--some:#ecc06c;--some-bg:#3c2f12}}
            *{box-sizing:border-box}
            body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
            "Helvetica Neue",Arial,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
            main{max-width:1180px;margin:0 auto;padding:24px 20px 48px}
            h1{font-size:24px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
            h2{font-size:17px;line-height:1.3;margin:0 0 4px}
            h3{font-size:14px;margin:14px 0 2px}
            p{margin:0 0 10px}
            bdi{overflow-wrap:anywhere}
            .aid,.sample,.key,.foot{color:var(--soft);font-size:13.5px}
            .sample{margin:8px 0 0}
            .cards{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px;margin-top:16px}
            section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:16px 18px;min-width:0}
            section.wide{grid-column:1/-1}
            .pill{display:inline-block;border-radius:99px;padding:1px 10px;font-size:13px;font-weight:600;
            white-space:nowrap;max-width:100%;overflow:hidden;text-overflow:ellipsis;vertical-align:middle}
            .good{color:var(--good);background:var(--good-bg)}
            .bad{color:var(--bad);background:var(--bad-bg)}
            .some{color:var(--some);background:var(--some-bg)}
            .none{color:var(--soft);background:var(--grid)}
            .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:16px 0 0}
            .tile{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 14px}
            .tile b{display:block;font-size:20px;line-height:1.3}
            .tile span{color:var(--soft);font-size:13px}
            ul.remarks{margin:4px 0 0;padding-left:20px}
            .scroll{overflow-x:auto}
            table{border-collapse:collapse;width:100%;font-size:14px}
            th{font-weight:600;color:var(--soft);text-align:left;white-space:nowrap}
            th,td{padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
            tr:last-child>*{border-bottom:0}
            .n{text-align:right;white-space:nowrap}
            td.name{min-width:120px;overflow-wrap:anywhere}
            .was{color:var(--base)}.of{color:var(--soft);font-size:13px}
            td.bar{width:34%;min-width:90px;vertical-align:middle}
            td.bar i{display:block;height:12px;min-width:1px;border-radius:2px;background:var(--run)}
            td.bar i.bad{background:var(--bad)}td.bar i.some{background:var(--some)}td.bar i.none{background:var(--third)}
            table.about td{overflow-wrap:anywhere}table.about th{width:110px}
            figure{margin:0}
            .pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:4px 24px;margin-bottom:12px}
            svg{display:block;width:100%;max-width:600px;height:auto;margin:4px auto 0}
            svg.small{width:96px;height:20px;margin:0;display:inline-block;vertical-align:middle}
            svg text{font-size:12px;fill:var(--ink)}
            svg .tick{fill:var(--soft)}svg .label{fill:var(--soft)}
            svg .middle{text-anchor:middle}svg .end{text-anchor:end}
            svg .axis{stroke:var(--soft)}svg .grid{stroke:var(--grid)}
            svg .run{fill:var(--run)}svg .other{fill:var(--third)}svg .marked{fill:var(--base)}
            svg .band{fill:var(--run-soft)}
            svg .run-line{fill:none;stroke:var(--run);stroke-width:2}
            svg .base-line{fill:none;stroke:var(--base);stroke-width:2}
            svg .base-dash{fill:none;stroke:var(--base);stroke-width:1.2;stroke-dasharray:4 3}
            svg .base-dot{fill:var(--base)}
            svg .dead{fill:none;stroke:var(--bad);stroke-width:1.6}
            .key i{display:inline-block;width:14px;height:10px;margin-right:5px;border-radius:2px;background:var(--run)}
            .key i.line{height:3px;vertical-align:middle;background:var(--base)}
            .key i.band{background:var(--run-soft)}.key i.other{background:var(--third)}.key i.marked{background:var(--base)}
            .key i.dead{background:none;border:2px solid var(--bad)}
            .key span{display:inline-block;margin-right:16px}
            .foot{margin-top:20px}
            @media (max-width:820px){.cards,.pair{grid-template-columns:minmax(0,1fr)}}
            @media (max-width:520px){main{padding:14px 10px 32px}section{padding:12px}h1{font-size:20px}
            svg text{font-size:16px}.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:8px}.tile b{font-size:17px}
            table.about th{width:auto}}
            @media print{body{background:#fff;font-size:11pt}main{max-width:none;padding:0}.cards{display:block}
            section,.tile{break-inside:avoid;margin-bottom:12px}section.long{break-inside:auto}
            tr{break-inside:avoid}h2,h3,.aid{break-after:avoid}
            .scroll{overflow:visible}table{font-size:9pt}th,td{padding-right:6px}svg{max-width:13cm}
            *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
            """;

    private Style() {}

    static String sheet() {
        StringBuilder css = new StringBuilder(SHEET);
        colours(css, new int[] {0xB4580F, 0xEEF0F3, 0x1F5F9B});
        css.append("@media screen and (prefers-color-scheme:dark){");
        colours(css, new int[] {0xF0A35C, 0x2B333D, 0x6AB0E6});
        return css.append('}').toString();
    }

    /** Classes c0 to c10, from below to above the middle. */
    private static void colours(StringBuilder css, int[] ends) {
        for (int i = 0; i < COLOURS; i++) {
            double place = i * 2.0 / (COLOURS - 1);
            int from = ends[place < 1 ? 0 : 1];
            int to = ends[place < 1 ? 1 : 2];
            double part = place < 1 ? place : place - 1;
            css.append(String.format(Locale.ROOT, "svg .c%d{fill:#%06x}", i, mixed(from, to, part)));
        }
    }

    private static int mixed(int from, int to, double part) {
        int colour = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            double channel = (from >> shift & 255) * (1 - part) + (to >> shift & 255) * part;
            colour |= (int) Math.round(channel) << shift;
        }
        return colour;
    }
}
