// Lets the keyboard scroll code and tables that are wider than the screen.

function markScrollable() {
  for (const region of document.querySelectorAll(".highlight pre, .table-wrapper")) {
    if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
    else region.removeAttribute("tabindex");
  }
}

markScrollable();
addEventListener("resize", markScrollable);
