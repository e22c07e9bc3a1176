// Draws the Mermaid blocks of the documentation, in the colors of the page.

const blocks = document.querySelectorAll(".highlight-mermaid pre");
if (blocks.length) {
  const { default: mermaid } = await import("mermaid");
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const figures = [...blocks].map((block) => {
    const figure = document.createElement("figure");
    figure.className = "diagram";
    figure.tabIndex = 0; // so that the keyboard scrolls, too
    return { block, figure };
  });

  async function draw() {
    const { theme } = document.body.dataset;
    const dark = theme === "dark" || (theme !== "light" && prefersDark.matches);
    mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme: dark ? "dark" : "neutral" });
    for (const [index, { block, figure }] of figures.entries()) {
      const { svg } = await mermaid.render(`diagram-${index}`, block.textContent);
      figure.innerHTML = svg;
      const drawing = figure.firstElementChild;
      drawing.style.minWidth = `${parseFloat(drawing.style.maxWidth) * 0.65}px`; // narrow screens scroll
      block.closest(".highlight-mermaid")?.replaceWith(figure);
    }
  }

  await draw();
  prefersDark.addEventListener("change", draw);
  new MutationObserver(draw).observe(document.body, { attributeFilter: ["data-theme"] });
}
