// Draws the Mermaid blocks of the documentation, in the colors of the page.

const blocks = document.querySelectorAll(".highlight-mermaid pre");
if (blocks.length) {
  const { default: mermaid } = await import("mermaid");
  const { theme } = document.body.dataset;
  const dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme: dark ? "dark" : "neutral" });
  for (const [index, block] of blocks.entries()) {
    const { svg } = await mermaid.render(`diagram-${index}`, block.textContent);
    const figure = document.createElement("figure");
    figure.className = "diagram";
    figure.innerHTML = svg;
    const drawing = figure.firstElementChild;
    drawing.style.minWidth = `${parseFloat(drawing.style.maxWidth) * 0.65}px`; // narrow screens scroll
    figure.tabIndex = 0; // so that the keyboard scrolls, too
    block.closest(".highlight-mermaid").replaceWith(figure);
  }
}
