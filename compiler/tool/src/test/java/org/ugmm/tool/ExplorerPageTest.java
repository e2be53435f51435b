package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The explorer page: its files, its colours, and the page itself in a browser where there is one.
 */
class ExplorerPageTest {
  private static final String TAB = "\uE004";
  private static final String RIGHT = "\uE014";
  private static final String DOWN = "\uE015";

  /** Every control has a name that a screen reader can say. */
  private static final String NAMELESS =
      "return [...document.querySelectorAll('input,select,button,canvas')].filter(e =>"
          + " !(e.getAttribute('aria-label') || e.labels?.length || e.textContent.trim()))"
          + ".map(e => e.outerHTML)";

  private static String log(Browser browser) throws Exception {
    return browser.run("return document.getElementById('log')?.textContent ?? ''").asText();
  }

  @Test
  void search_longerThanAMoment_isOfferedAndNotBegun(@TempDir Path folder) throws Exception {
    assumeTrue(Browser.isThere(), "no chromium and chromedriver on the PATH");
    Path wide = folder.resolve("wide.circuit");
    ServeLimitsTest.mixture(200, 20).save(wide);
    String offered = "!document.getElementById('mpe-wanted-label').classList.contains('hidden')";
    try (Served served = Served.start("iris=@" + Run.IRIS_CIRCUIT, "wide=" + wide);
        Browser browser = Browser.open(folder.resolve("profile"))) {
      browser.go(served.address + "#iris");
      browser.await("document.querySelectorAll('#mpe tr').length === 5");
      assertFalse(browser.run("return " + offered).asBoolean());
      browser.run(
          "const model = document.getElementById('model'); model.value = 'wide';"
              + "model.dispatchEvent(new Event('change'))");
      browser.await("document.querySelectorAll('#mpe tr').length === 20");
      assertTrue(browser.run("return " + offered).asBoolean());
      assertFalse(browser.run("return document.getElementById('mpe-wanted').checked").asBoolean());
    }
  }

  @Test
  void page_byKeyboard_changesAllAnswersAtOnce(@TempDir Path profile) throws Exception {
    assumeTrue(Browser.isThere(), "no chromium and chromedriver on the PATH");
    try (Served served = Served.start("iris=@" + Run.IRIS_CIRCUIT, "deep=@" + Run.IRIS_DEEP);
        Browser browser = Browser.open(profile)) {
      browser.size(375, 800);
      browser.go(served.address.toString());
      browser.await("document.querySelectorAll('#mpe tr').length === 5");
      assertEquals(
          5, browser.run("return document.querySelectorAll('fieldset svg').length").asInt());
      assertEquals(List.of(), list(browser.run(NAMELESS)));
      assertTrue(
          browser.run("return document.documentElement.scrollWidth <= innerWidth").asBoolean());
      String before = log(browser);
      // to the slider of the first variable, past the model, the two buttons of the header
      browser.press(TAB, TAB, TAB, TAB, RIGHT, RIGHT, RIGHT);
      browser.await("document.querySelectorAll('fieldset.known').length === 1");
      browser.await("document.getElementById('log').textContent !== '" + before + "'");
      JsonNode said = value(browser);
      String answer =
          served
              .query("{\"query\":\"marginal\",\"given\":{\"sepal_length\":%s}}".formatted(said))
              .body();
      double expected = Served.JSON.readTree(answer).get("value").asDouble();
      browser.await(
          "Math.abs(%s - Number(document.getElementById('log').textContent)) < 1e-4"
              .formatted(expected));
      browser.run(
          "const box = document.querySelector('input[value=setosa]'); box.focus(); box.click()");
      browser.await("document.querySelectorAll('fieldset.known').length === 2");
      // the service's word, not the page's: what was explained of old answers goes with them
      browser.await(
          "[...document.querySelectorAll('fieldset .note')]"
              + ".filter(note => note.textContent === 'given').length === 2");
      browser.run(
          "[...document.querySelectorAll('.why')].find(b =>"
              + " !b.classList.contains('hidden')).click()");
      browser.await("document.body.innerText.includes('from species')");
      browser.run(
          "[...document.querySelectorAll('.why')].find(b => b.textContent === 'What next?'"
              + " && !b.classList.contains('hidden')).click()");
      browser.await("document.body.innerText.includes('deviation then')");
      browser.run("document.getElementById('circuit').open = true");
      browser.await("document.querySelectorAll('#picture circle').length === 55");
      browser.run("document.getElementById('clear').click()");
      browser.await("document.getElementById('log')?.textContent === '" + before + "'");
      browser.run(
          "const m = document.getElementById('model'); m.value = 'deep';"
              + " m.dispatchEvent(new Event('change'))");
      browser.await("document.body.innerText.includes('cannot be integrated out exactly')");
      assertEquals(List.of(), list(browser.complaints()));
    }
  }

  private static JsonNode value(Browser browser) throws Exception {
    return browser.run(
        "return document.querySelector('fieldset.known input[type=number]').valueAsNumber");
  }

  private static List<String> list(JsonNode array) {
    return java.util.stream.StreamSupport.stream(array.spliterator(), false)
        .map(JsonNode::toString)
        .toList();
  }

  @Test
  void image_drawnByKeyboard_completesTheRest(@TempDir Path folder) throws Exception {
    assumeTrue(Browser.isThere(), "no chromium and chromedriver on the PATH");
    Path model = folder.resolve("image.graph.json");
    java.nio.file.Files.writeString(model, image());
    try (Served served = Served.start("image=" + model);
        Browser browser = Browser.open(folder.resolve("profile"))) {
      browser.go(served.address.toString());
      browser.await("!document.getElementById('best').parentElement.classList.contains('hidden')");
      browser.run("document.getElementById('draw').focus()");
      browser.press(" ", RIGHT, DOWN, " ");
      browser.await("document.getElementById('draw-note').textContent.startsWith('2 of 16')");
      browser.await("document.getElementById('summary').textContent.startsWith('2 of 16')");
      assertEquals(List.of(), list(browser.complaints()));
    }
  }

  /** Sixteen pixels, all dark or all light. */
  private static String image() {
    StringBuilder variables = new StringBuilder();
    StringBuilder nodes = new StringBuilder();
    StringBuilder dark = new StringBuilder();
    StringBuilder light = new StringBuilder();
    for (int p = 0; p < 16; p++) {
      String comma = p == 0 ? "" : ",";
      variables
          .append(comma)
          .append("{\"name\":\"p%d\",\"kind\":\"real\",\"domain\":[0,1]}".formatted(p));
      for (int c = 0; c < 2; c++) {
        nodes.append(
            "{\"gaussian\":{\"variable\":\"p%d\",\"mean\":%s,\"scale\":0.2}},"
                .formatted(p, c == 0 ? 0.1 : 0.9));
        (c == 0 ? light : dark).append(comma).append(2 * p + c);
      }
    }
    return "{\"format\":\"ugmm-graph/1\",\"variables\":[%s],\"nodes\":[%s{\"product\":{\"children\":[%s]}},{\"product\":{\"children\":[%s]}},{\"sum\":{\"children\":[32,33],\"weights\":[0.6,0.4]}}],\"root\":34}"
        .formatted(variables, nodes, light, dark);
  }

  @Test
  void files_ofThePage_areServedAndTakeNothingFromElsewhere() throws Exception {
    try (Served served = Served.start("iris=@" + Run.IRIS_CIRCUIT)) {
      HttpResponse<String> page = served.get("");
      assertEquals(200, page.statusCode());
      assertTrue(
          page.headers()
              .firstValue("Content-Security-Policy")
              .orElse("")
              .contains("default-src 'none'"));
      Matcher named = Pattern.compile("(?:src|href)=\"([a-z.]+)\"").matcher(page.body());
      int count = 0;
      while (named.find()) {
        HttpResponse<String> file = served.get(named.group(1));
        assertEquals(200, file.statusCode(), named.group(1));
        assertTrue(!file.body().contains("http://") && !file.body().contains("https://"));
        count++;
      }
      assertEquals(4, count);
      ApiDocument api = new ApiDocument(Served.JSON.readTree(served.get("openapi.json").body()));
      for (String body :
          List.of(
              "{\"query\":\"posterior\",\"given\":{\"petal_length\":[2,3]}}",
              "{\"query\":\"posterior\",\"given\":{\"petal_length\":2},\"variables\":[\"petal_length\",\"species\"]}",
              "{\"query\":\"k-best\",\"count\":2}",
              "{\"query\":\"mpe\"}")) {
        HttpResponse<String> answer = asThePage(served, "explore", body);
        assertEquals(200, answer.statusCode(), answer.body());
        assertEquals(
            List.of(), api.faults("/v1/models/{name}/explore", "POST", answer), answer.body());
      }
      String unknown = "{\"target\":\"petals\"}";
      assertEquals(422, served.post("v1/models/iris/explain", unknown).statusCode());
      for (String route : List.of("explain", "advise")) {
        HttpResponse<String> answer = asThePage(served, route, unknown);
        assertEquals(200, answer.statusCode(), answer.body());
        assertTrue(answer.body().startsWith("{\"problem\":{"), answer.body());
        assertEquals(List.of(), api.faults("/v1/models/{name}/" + route, "POST", answer));
      }
      HttpResponse<String> picture = served.get("v1/models/iris/circuit.svg");
      assertEquals("image/svg+xml", picture.headers().firstValue("Content-Type").orElse(""));
      assertTrue(picture.body().startsWith("<svg ") && picture.body().endsWith("</svg>"));
    }
  }

  /** To the page a refusal is an answer; a browser's console reports any other status. */
  private static HttpResponse<String> asThePage(Served served, String route, String body)
      throws Exception {
    return served.send(
        HttpRequest.newBuilder(served.address.resolve("v1/models/iris/" + route))
            .header("Prefer", "problem-as-answer")
            .POST(BodyPublishers.ofString(body)));
  }

  @Test
  void colours_ofText_haveContrastInLightAndDark() {
    String look = org.ugmm.tool.draw.Backdrop.look();
    Matcher blocks = Pattern.compile("\\{([^{}]*--ground:[^{}]*)}").matcher(look);
    int count = 0;
    while (blocks.find()) {
      Map<String, String> colour = new HashMap<>();
      Matcher set = Pattern.compile("--([a-z-]+): (#[0-9a-f]{6});").matcher(blocks.group(1));
      while (set.find()) {
        colour.put(set.group(1), set.group(2));
      }
      for (String text : List.of("text", "muted", "accent", "good", "warn")) {
        for (String ground : List.of("ground", "card")) {
          double contrast = contrast(colour.get(text), colour.get(ground));
          assertTrue(contrast >= 4.5, text + " on " + ground + ": " + contrast + " in " + colour);
        }
      }
      assertTrue(contrast(colour.get("on-accent"), colour.get("accent")) >= 4.5);
      count++;
    }
    assertEquals(3, count);
  }

  /** The contrast of WCAG 2. */
  private static double contrast(String a, String b) {
    double first = luminance(a);
    double second = luminance(b);
    return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
  }

  private static double luminance(String colour) {
    double[] weight = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      double share = Integer.parseInt(colour.substring(1 + 2 * c, 3 + 2 * c), 16) / 255.0;
      sum +=
          weight[c] * (share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4));
    }
    return sum;
  }
}
