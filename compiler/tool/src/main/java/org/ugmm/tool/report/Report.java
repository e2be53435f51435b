package org.ugmm.tool.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.LayerInfo;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.tool.draw.Axis;
import org.ugmm.tool.draw.Backdrop;
import org.ugmm.tool.draw.CircuitDrawing;
import org.ugmm.tool.draw.Plots;
import org.ugmm.tool.draw.Svg;
import org.ugmm.tool.inspect.Inspection;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.run.Outcomes;

/** One self-contained HTML page about a model: no script, nothing from elsewhere. */
public final class Report {
  private static final int VARIABLES_DRAWN = 60;
  private static final int BINS = 24;
  private static final int STRONGEST_SHOWN = 10;

  /** What the page has beside the look of all drawings. */
  private static final String LAYOUT =
      """
      main { max-width: 76rem; margin: 0 auto; padding: 1rem; display: grid; gap: 1.1rem; }
      main > section { min-width: 0; }
      header { max-width: 76rem; margin: 0 auto; padding: 1.2rem 1rem 0; }
      h1 { font-size: 1.6rem; overflow-wrap: anywhere; }
      nav { display: flex; flex-wrap: wrap; gap: 0.3rem 1.1rem; margin-top: 0.5rem; }
      .facts { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; margin: 0; }
      .facts div { display: flex; flex-direction: column; }
      .facts dt { color: var(--muted); font-size: 0.86rem; }
      .facts dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; }
      .facts + .grid, .scroll + h3, table + h3 { margin-top: 0.9rem; }
      .scroll + p { margin-top: 0.5rem; }
      .circuit svg { max-width: none; margin: 0 auto; }
      .pair { display: flex; flex-wrap: wrap; gap: 1.5rem 3rem; }
      .pair > div { min-width: 0; }
      .small { font-size: 0.86rem; }
      @media print { .card { break-inside: avoid; } }
      """;

  private final StringBuilder html = new StringBuilder(1 << 16);
  private final String name;
  private final Compilation compilation;
  private final Circuit circuit;
  private final Inference inference;
  private final Inspection inspection;
  private final Backdrop backdrop;

  private Report(String name, Compilation compilation, Inference inference) {
    this.name = name;
    this.compilation = compilation;
    this.inference = inference;
    circuit = compilation.circuit();
    backdrop = new Backdrop(inference);
    inspection = Inspection.of(compilation);
  }

  /**
   * Writes the page.
   *
   * @param name what the model is called
   * @param table what the table is called, empty for none
   * @param judged how the model fits it, null for none
   */
  public static String of(
      String name,
      Compilation compilation,
      Inference inference,
      String table,
      @Nullable Judged judged) {
    Report report = new Report(name, compilation, inference);
    report.head(judged != null);
    report.answers();
    report.drawing();
    report.marginals();
    report.dependence();
    if (judged != null) {
      report.data(table, judged);
    }
    String card = report.circuit.card();
    if (card != null) {
      report.section("card", "How it was learned", CardHtml.of(card));
    }
    report.html.append("</main>\n</body>\n</html>\n");
    return report.html.toString();
  }

  private void head(boolean hasData) {
    String title = Svg.escape(name);
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<title>")
        .append(title)
        .append(": ugmm report</title>\n")
        .append("<link rel=\"icon\" href=\"data:,\">\n")
        .append("<style>\n")
        .append(Backdrop.look())
        .append(LAYOUT)
        .append("</style>\n</head>\n")
        .append("<body>\n<header>\n<h1>")
        .append(title)
        .append("</h1>\n<nav aria-label=\"Sections\">");
    link("answers", "What it answers");
    link("circuit", "Circuit");
    link("marginals", "Variables");
    link("dependence", "Dependence");
    if (hasData) {
      link("data", "Fit to the table");
    }
    if (circuit.card() != null) {
      link("card", "How it was learned");
    }
    html.append(
        "</nav>\n"
            + "</header>\n"
            + "<main>\n"
            + "<section class=\"card\" aria-label=\"In short\"><dl class=\"facts\">");
    String classVariable = compilation.classVariable();
    html.append(fact("format", compilation.format()));
    html.append(fact("variables", Words.count(circuit.numVariables())));
    if (classVariable != null) {
      html.append(fact("class", classVariable));
    }
    html.append(fact("nodes", Words.count(circuit.numNodes())));
    html.append(fact("edges", Words.count(circuit.numEdges())));
    html.append(fact("parameters", Words.count(circuit.numParameters())));
    html.append(fact("depth", Words.count(inspection.depth())));
    html.append(fact("bytes", Words.count(inspection.sizeBytes())));
    html.append("</dl></section>\n");
  }

  private void link(String id, String text) {
    html.append("<a href=\"#").append(id).append("\">").append(text).append("</a>");
  }

  private static String fact(String term, String value) {
    return "<div><dt>%s</dt><dd>%s</dd></div>".formatted(term, Svg.escape(value));
  }

  private void section(String id, String title, String body) {
    html.append("<section class=\"card\" aria-labelledby=\"").append(id).append("\"><h2 id=\"");
    html.append(id).append("\">").append(title).append("</h2>\n").append(body);
    html.append("</section>\n");
  }

  /** Names may break after their underscores, so that a narrow table has room for its numbers. */
  private static String breakable(String text) {
    return Svg.escape(text).replace("_", "_<wbr/>");
  }

  private static String table(List<String> head, List<List<String>> rows) {
    StringBuilder table = new StringBuilder("<div class=\"scroll\"><table><thead><tr>");
    head.forEach(cell -> table.append("<th scope=\"col\">").append(cell).append("</th>"));
    table.append("</tr></thead><tbody>");
    for (List<String> row : rows) {
      table.append("<tr>");
      row.forEach(cell -> table.append("<td>").append(breakable(cell)).append("</td>"));
      table.append("</tr>");
    }
    return table.append("</tbody></table></div>").toString();
  }

  private void answers() {
    StringBuilder body = new StringBuilder();
    List<List<String>> queries = new ArrayList<>();
    for (Inspection.QueryFacts query : inspection.queries()) {
      queries.add(List.of(query.query(), query.certificate(), query.cost()));
    }
    body.append(table(List.of("query", "certificate", "cost of an answer"), queries));
    if (!Double.isNaN(inspection.passMicros())) {
      body.append("<p class=\"muted small\">A pass over one row took ")
          .append(String.format(Locale.ROOT, "%.1f", inspection.passMicros()))
          .append(" microseconds where this page was made, the fastest within 0.2 s.</p>");
    }
    List<List<String>> properties = new ArrayList<>();
    for (Inspection.Property property : inspection.properties()) {
      String why = property.whyNot();
      properties.add(
          List.of(
              property.name(),
              !property.isChecked() ? "?" : why == null ? "yes" : "no",
              why == null ? "" : why));
    }
    body.append("<h3>Why</h3>").append(table(List.of("property", "holds", "why not"), properties));
    section("answers", "What it answers", body.toString());
  }

  private void drawing() {
    StringBuilder body = new StringBuilder("<p class=\"muted small\">");
    body.append(
        inspection.nodes().entrySet().stream()
            .map(e -> Words.count(e.getValue()) + " " + kind(e.getKey()))
            .collect(Collectors.joining(", ")));
    body.append(
        ". A leaf has the number of its variable, + is a weighted sum, \u00d7 a product, N a"
            + " Gaussian link; a layer of a large circuit is one box.</p><div class=\"scroll"
            + " circuit\">");
    body.append(CircuitDrawing.of(circuit, compilation.analysis()::describe)).append("</div>");
    if (!compilation.layers().isEmpty()) {
      List<List<String>> layers = new ArrayList<>();
      for (LayerInfo layer : compilation.layers()) {
        layers.add(
            List.of(
                layer.name(),
                layer.type(),
                Words.count(layer.units()),
                Words.count(layer.inputs()),
                Words.count(layer.parameters())));
      }
      body.append("<h3>Layers</h3>")
          .append(table(List.of("name", "type", "units", "inputs", "parameters"), layers));
    }
    section("circuit", "Circuit", body.toString());
  }

  private static String kind(NodeKind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private void marginals() {
    StringBuilder body = new StringBuilder();
    int drawn = 0;
    for (int v = 0; v < circuit.numVariables() && drawn < VARIABLES_DRAWN; v++) {
      Posterior prior = backdrop.prior(v);
      if (prior != null) {
        body.append("<div><h3>").append(v + 1).append(". ");
        body.append(Svg.escape(prior.variable().name())).append("</h3><div class=\"scroll\">");
        body.append(backdrop.alone(v)).append("</div><p class=\"muted small\">");
        body.append(Svg.escape(words(prior))).append("</p></div>");
        drawn++;
      }
    }
    String note = "";
    if (drawn == 0) {
      note =
          "<p>What each variable is when nothing is known has no closed form here, since %s.</p>"
              .formatted(Svg.escape(whyNot()));
    } else if (drawn < circuit.numVariables()) {
      note =
          "<p class=\"muted\">%d of %s variables are drawn.</p>"
              .formatted(drawn, Words.count(circuit.numVariables()));
    }
    section(
        "marginals",
        "What each variable is when nothing is known",
        note + "<div class=\"grid\">" + body + "</div>");
  }

  private static String words(Posterior prior) {
    String certificate = Words.certificate(prior.certificate());
    if (prior instanceof CategoricalPosterior) {
      return certificate;
    }
    Posterior.Numeric numeric = (Posterior.Numeric) prior;
    return "mean %s, standard deviation %s; %s"
        .formatted(
            Words.rounded(numeric.mean()),
            Words.rounded(Math.sqrt(numeric.variance())),
            certificate);
  }

  private String whyNot() {
    for (Inspection.Property property : inspection.properties()) {
      String why = property.whyNot();
      if (why != null && !property.name().equals("deterministic")) {
        return why;
      }
    }
    return "the circuit is zero everywhere";
  }

  private void dependence() {
    String body;
    try {
      Dependence found = Dependence.of(inference, inference.options().seed());
      body = dependence(found);
    } catch (RefusedException e) {
      body =
          "<p>It needs marginals in closed form, which there are none of here: %s.</p>"
              .formatted(Svg.escape(compilation.analysis().inModelTerms(e)));
    }
    section("dependence", "Which variables tell of each other", body);
  }

  private String dependence(Dependence found) {
    List<String> names =
        found.variables().stream().map(v -> circuit.variables().get(v).name()).toList();
    if (names.size() < 2) {
      return "<p>There is one variable only.</p>";
    }
    StringBuilder body =
        new StringBuilder("<p class=\"muted small\">Mutual information of each pair, in nats. ");
    body.append(
        found.draws() == 0
            ? "Exact: summed over all joint states."
            : "Pairs of categorical variables are summed exactly, the others estimated from %s rows drawn from the circuit, with a standard error of at most %s nats."
                .formatted(Words.count(found.draws()), Words.bound(found.largestError())));
    if (names.size() < circuit.numVariables()) {
      body.append(
          " %d of %s variables are shown."
              .formatted(names.size(), Words.count(circuit.numVariables())));
    }
    body.append("</p><div class=\"pair\"><div class=\"scroll\">")
        .append(Plots.map(names, found.nats(), "nats"));
    body.append("</div><div><h3>The strongest</h3>").append(strongest(found, names));
    return body.append("</div></div>").toString();
  }

  private static String strongest(Dependence found, List<String> names) {
    record Pair(int i, int j) {}
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (found.nats()[i][j] > 0) {
          pairs.add(new Pair(j, i));
        }
      }
    }
    pairs.sort((a, b) -> Double.compare(found.nats()[b.i][b.j], found.nats()[a.i][a.j]));
    List<List<String>> rows = new ArrayList<>();
    for (Pair pair : pairs.subList(0, Math.min(STRONGEST_SHOWN, pairs.size()))) {
      double error = found.errors()[pair.i][pair.j];
      rows.add(
          List.of(
              names.get(pair.i),
              names.get(pair.j),
              error == 0
                  ? Words.rounded(found.nats()[pair.i][pair.j]) + " exact"
                  : Words.within(found.nats()[pair.i][pair.j], error)
                      + "\u00a0\u00b1\u00a0"
                      + Words.bound(error)));
    }
    return table(List.of("variable", "variable", "nats"), rows);
  }

  private void data(String table, Judged judged) {
    StringBuilder body = new StringBuilder("<dl class=\"facts\">");
    body.append(fact("rows", Words.count(judged.rows())));
    body.append(
        fact(
            "mean log-marginal",
            Double.isNaN(judged.mean()) ? "none" : Words.rounded(judged.mean())));
    body.append(fact("rows of probability zero", Words.count(judged.zero())));
    body.append(fact("refused rows", Words.count(judged.count(Outcomes.Status.REFUSED))));
    body.append(fact("rows in error", Words.count(judged.count(Outcomes.Status.ERROR))));
    if (judged.judged() > 0) {
      body.append(fact("accuracy", Words.percent(judged.accuracy())));
      body.append(fact("calibration error", Words.rounded(judged.calibrationError())));
    }
    body.append("</dl>");
    String trouble = judged.trouble();
    if (trouble != null) {
      body.append("<p class=\"warn\">First row without an answer: ")
          .append(Svg.escape(trouble))
          .append("</p>");
    }
    body.append("<div class=\"grid\">");
    double[] logs = judged.logs();
    if (logs.length > 1) {
      body.append("<div><h3>Log-marginals of the rows</h3><div class=\"scroll\">")
          .append(histogram(logs))
          .append("</div></div>");
    }
    if (judged.judged() > 0) {
      body.append(
              "<div><h3>Probability of the class, and how often it is right</h3><div"
                  + " class=\"scroll\">")
          .append(
              Plots.calibration(judged.believed(), judged.rightShares(), judged.believedCounts()))
          .append(
              "</div><p class=\"muted small\">On the line, what is believed with 80 % is right in"
                  + " 80 % of the rows; ")
          .append(Words.count(judged.judged()))
          .append(" rows, in ten bins.</p></div>");
    }
    section("data", "Fit to " + Svg.escape(table), body.append("</div>").toString());
  }

  private static String histogram(double[] logs) {
    double[] sorted = logs.clone();
    Arrays.sort(sorted);
    // one in two hundred at each end are counted in the bar there, so that an outlier does not
    // squeeze the others
    double lo = sorted[sorted.length / 200];
    double hi = sorted[sorted.length - 1 - sorted.length / 200];
    if (!(lo < hi)) {
      lo = hi - 1;
    }
    int[] counts = new int[BINS];
    for (double log : sorted) {
      int bin = (int) Math.floor((log - lo) / (hi - lo) * BINS);
      counts[Math.min(BINS - 1, Math.max(0, bin))]++;
    }
    return Plots.histogram(
        "log-marginals of %d rows, from %s to %s"
            .formatted(
                logs.length, Words.rounded(sorted[0]), Words.rounded(sorted[sorted.length - 1])),
        new Axis(lo, hi),
        counts);
  }
}
