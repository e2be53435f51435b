package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ugmm report}: what stands on the page, and that it stands alone. */
class ReportCommandTest {
  @TempDir Path folder;

  /** Runs the command and returns the page, which must be well-formed and load nothing. */
  private String page(String... args) throws Exception {
    Path file = folder.resolve("page.html");
    String[] all = new String[args.length + 3];
    all[0] = "report";
    System.arraycopy(args, 0, all, 1, args.length);
    all[args.length + 1] = "-o";
    all[args.length + 2] = file.toString();
    Run run = Run.of(all);
    assertEquals(0, run.status(), run.err());
    assertEquals("", run.out());
    String page = Files.readString(file);
    assertFalse(page.contains("<script"), "no script");
    assertFalse(Pattern.compile("(src|href)=\"(?![#d])").matcher(page).find(), "nothing is loaded");
    assertFalse(page.contains("url(") || page.contains("@import"), "nothing is loaded");
    assertFalse(page.contains("NaN") || page.contains("Infinity") || page.contains("null"), page);
    String xml = page.replace("<!DOCTYPE html>", "").replaceAll("<(meta|link)[^>]*>", "");
    DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(xml.strip().getBytes(StandardCharsets.UTF_8)));
    return page;
  }

  private static int count(String text, String part) {
    int count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
      count++;
    }
    return count;
  }

  private static String fact(String page, String term) {
    Matcher of = Pattern.compile("<dt>" + term + "</dt><dd>([^<]*)</dd>").matcher(page);
    assertTrue(of.find(), term);
    return of.group(1);
  }

  @Test
  void page_ofModelAndTable_hasEverySectionAndTheFiguresOfScore() throws Exception {
    String page = page("@" + Run.IRIS_CIRCUIT, "@data/iris.csv", "--class", "species");
    for (String id : new String[] {"answers", "circuit", "marginals", "dependence", "data"}) {
      assertEquals(1, count(page, "id=\"" + id + "\""), id);
      assertEquals(1, count(page, "href=\"#" + id + "\""), id);
    }
    // the circuit, five variables, the map, the histogram, the calibration
    assertEquals(9, count(page, "<svg "));
    assertEquals(55, count(page, "<circle class=\"node"));
    assertEquals("55", fact(page, "nodes"));
    JsonNode summary =
        Run.of(
                "score",
                "@" + Run.IRIS_CIRCUIT,
                "@data/iris.csv",
                "--query",
                "marginal",
                "--summary",
                "--json")
            .json();
    assertEquals("150", fact(page, "rows"));
    assertEquals(
        String.format(Locale.ROOT, "%.3f", summary.get("mean").asDouble()),
        String.format(Locale.ROOT, "%.3f", Double.parseDouble(fact(page, "mean log-marginal"))));
    double accuracy =
        Run.of(
                "score",
                "@" + Run.IRIS_CIRCUIT,
                "@data/iris.csv",
                "--query",
                "class",
                "--class",
                "species",
                "--summary",
                "--json")
            .json()
            .get("accuracy")
            .asDouble();
    assertEquals(String.format(Locale.ROOT, "%.2f %%", 100 * accuracy), fact(page, "accuracy"));
    assertTrue(page.contains("standard error of at most"), "the estimate is said to be one");
  }

  @Test
  void page_ofNetworkWithLinks_saysWhatThereIsNotAndWhy() throws Exception {
    String page = page("@" + Run.IRIS_DEEP, "@data/iris.csv");
    assertTrue(page.contains("has no closed form here, since"), page);
    assertTrue(page.contains("It needs marginals in closed form"), page);
    assertEquals("0", fact(page, "refused rows"));
    assertTrue(page.contains("<h3>Layers</h3>"));
  }

  @Test
  void page_ofLargeModel_summarisesTheCircuit() throws Exception {
    String page = page("@models/networks/alarm.bif");
    assertEquals(0, count(page, "<circle class=\"node"));
    assertTrue(page.contains("categorical leaves"), "layers as boxes");
    assertTrue(page.contains("Exact: summed over all joint states"));
    assertTrue(page.contains("30 of 37 variables are shown"));
  }

  @Test
  void names_hostile_areEscaped() throws Exception {
    Path model =
        Files.writeString(
            folder.resolve("h.graph.json"),
            """
            {"format": "ugmm-graph/1",
             "variables": [{"name": "<script>alert('x')</script>&\\"", "kind": "categorical",
                            "states": ["<b>", "</svg>"]}, {"name": "n", "kind": "count"}],
             "nodes": [{"categorical": {"variable": "<script>alert('x')</script>&\\"",
                        "probabilities": [0.5, 0.5]}},
                       {"poisson": {"variable": "n", "rate": 4}}, {"product": {"children": [0, 1]}}],
             "root": 2}
            """);
    String page = page(model.toString());
    assertTrue(page.contains("&lt;script&gt;"), page);
    assertFalse(page.contains("<b>"), page);
  }

  @Test
  void options_wrong_areSaid() throws Exception {
    assertEquals(2, Run.of("report", "@" + Run.IRIS_CIRCUIT).status());
    Run same = Run.of("report", "@" + Run.IRIS_CIRCUIT, "-o", "@" + Run.IRIS_CIRCUIT);
    assertEquals(2, same.status(), same.err());
    Run real =
        Run.of(
            "report",
            "@" + Run.IRIS_CIRCUIT,
            "@data/iris.csv",
            "--class",
            "petal_width",
            "-o",
            folder.resolve("x.html").toString());
    assertEquals(2, real.status(), real.err());
    assertFalse(Files.exists(folder.resolve("x.html")));
  }
}
