/* The library that draws plots: long, so that it is compiled beside all else that opens the page,
   as a whole where a browser takes the hint. */
const library = new Promise((done, failed) => {
  "use strict";

  const HINT = "//# allFunctionsCalledOnLoad\n";
  const source = document.getElementById("plotly-source").textContent;
  const script = document.createElement("script");
  script.src = URL.createObjectURL(new Blob([HINT, source], { type: "text/javascript" }));
  script.addEventListener("load", () => {
    URL.revokeObjectURL(script.src);
    done();
  });
  script.addEventListener("error", failed);
  document.head.append(script);
});
