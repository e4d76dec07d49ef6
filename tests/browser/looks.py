"""Looks at a page as people with various eyes and hands would: contrast, names, sizes. Knows no page of the product."""

from playwright.sync_api import Page

PALE = """() => {
    const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
    const linear = (part) => part <= 0.03928 * 255 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
    const light = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    const ground = (one) => {
        const colour = parts(getComputedStyle(one).backgroundColor);
        return colour.length === 3 || colour[3] > 0 ? colour : ground(one.parentElement);
    };
    const worded = (one) => one.getClientRects().length && !one.matches("script, style, title, desc, option")
        && ([...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())
            || one.matches("input, select"));
    const contrast = (one) => {
        const style = getComputedStyle(one);
        const both = [light(parts(one instanceof SVGElement ? style.fill : style.color)), light(ground(one))];
        return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    };
    const all = [...document.querySelectorAll("body *")].filter(worded);
    return [all.length, all.filter((one) => contrast(one) < 4.5).map((one) => one.outerHTML.slice(0, 120))];
}"""
"""Counts what holds words, and names those that stand out from their ground by less than 4.5 to 1 (WCAG 2.2)."""

NAMELESS = """() => {
    const shown = (one) => one.getClientRects().length > 0;
    const named = (id) => document.getElementById(id)?.textContent.trim();
    const name = (one) => one.getAttribute("aria-label")?.trim()
        || (one.getAttribute("aria-labelledby") || "").split(" ").map(named).filter(Boolean).join(" ")
        || [...(one.labels || [])].map((label) => label.textContent.trim()).join(" ")
        || (one.matches("a, button, summary") && one.textContent.trim()) || "";
    const controls = "a:not([tabindex='-1']), button, input:not([type=hidden]), select, summary, [role], nav, dialog";
    const silent = "[role=search], [role=status], [role=alert]";
    return [...document.querySelectorAll(controls)].filter((one) => shown(one) && !one.matches(silent) && !name(one))
        .map((one) => one.outerHTML.slice(0, 120));
}"""
"""Names controls and pictures that have no name for those who do not see them."""

MISPLACED = """() => {
    const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter((one) => one.getClientRects().length)
        .map((one) => Number(one.tagName[1]));
    const faults = levels.filter((level, index) => index > 0 && level > levels[index - 1] + 1).map((one) => `h${one}`);
    if (levels[0] !== 1 || levels.filter((level) => level === 1).length !== 1) faults.push(`headings: ${levels}`);
    const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
    ids.filter((id, index) => ids.indexOf(id) !== index).forEach((id) => faults.push(`id ${id} twice`));
    if (!document.documentElement.lang) faults.push("no language");
    if (!document.title.trim()) faults.push("no title");
    return faults;
}"""
"""Names headings that skip a level, ids that stand twice, and what else a page must say of itself."""

SMALL = """() => {
    const hand = "button, .button, input:not([type=hidden]):not([type=checkbox]), select, summary, header nav a,"
        + " .row h2 a, .row h3 a, .paging a, .tick label, .big a, main p > a";
    return [...document.querySelectorAll(hand)].filter((one) => one.getClientRects().length)
        .filter((one) => one.getBoundingClientRect().height < 43.5)
        .map((one) => `${one.getBoundingClientRect().height} ${one.outerHTML.slice(0, 100)}`);
}"""
"""Names what a finger can hardly hit: less than 44 pixels high."""


def faults(page: Page) -> list[str]:
    """Return what is wrong with a page for those who do not see it, or not well."""
    worded, pale = page.evaluate(PALE)
    assert worded > 0
    found: list[str] = [*pale, *page.evaluate(NAMELESS), *page.evaluate(MISPLACED)]
    return found


def hard_to_hit(page: Page) -> list[str]:
    """Return what a finger can hardly hit."""
    found: list[str] = page.evaluate(SMALL)
    return found


def width(page: Page) -> int:
    """Return how wide a page is, in pixels."""
    found: int = page.evaluate("document.documentElement.scrollWidth")
    return found
