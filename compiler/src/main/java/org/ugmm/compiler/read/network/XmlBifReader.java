package org.ugmm.compiler.read.network;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ugmm.compiler.model.FactorModel;
import org.ugmm.compiler.model.Source;

/** Reads Bayesian networks in XMLBIF 0.3. */
public final class XmlBifReader {
  private final XmlText in;
  private final NetworkBuilder network;
  private final List<Definition> definitions = new ArrayList<>();

  /** A table as read: its variables may be declared behind it. */
  private record Definition(String child, List<String> parents, double[] values, String place) {}

  private XmlBifReader(Source source, XmlText in) {
    this.in = in;
    network = new NetworkBuilder(source.name(), "xmlbif");
  }

  /** Reads the document. */
  public static FactorModel read(Source source) throws IOException {
    XmlText in = XmlText.open(source);
    XmlBifReader reader = new XmlBifReader(source, in);
    reader.document();
    return reader.network.build();
  }

  private void document() {
    if (!in.name().equalsIgnoreCase("BIF")) {
      throw in.fail("element '" + in.name() + "'", "'BIF'");
    }
    while (in.nextElement(1)) {
      switch (in.name().toUpperCase(Locale.ROOT)) {
        case "VARIABLE" -> variable();
        case "DEFINITION", "PROBABILITY" -> definition();
        default -> {} // the network around them, names and properties
      }
    }
    for (Definition d : definitions) {
      int child = network.indexOf(d.child, d.place);
      int[] parents = d.parents.stream().mapToInt(p -> network.indexOf(p, d.place)).toArray();
      int[] scope = network.scope(child, parents, d.place);
      int numEntries = network.numEntries(scope, d.place);
      if (d.values.length != numEntries) {
        throw network.fail(
            d.place,
            "%d probabilities for '%s'".formatted(d.values.length, d.child),
            numEntries + ", one for each state and each row");
      }
      network.table(scope, d.values, d.place);
    }
  }

  private void variable() {
    String place = in.place();
    String type = in.attribute("TYPE");
    if (type != null && !type.equalsIgnoreCase("nature")) {
      throw in.fail("a variable of the type '" + type + "'", "'nature', a random variable");
    }
    String name = "";
    List<String> states = new ArrayList<>();
    for (int depth = in.depth(); in.nextElement(depth); ) {
      switch (in.name().toUpperCase(Locale.ROOT)) {
        case "NAME" -> name = in.text().strip();
        case "OUTCOME", "VALUE" -> states.add(in.text().strip());
        default -> {}
      }
    }
    network.variable(name, states, place);
  }

  private void definition() {
    String place = in.place();
    String child = "";
    List<String> parents = new ArrayList<>();
    double[] values = {};
    for (int depth = in.depth(); in.nextElement(depth); ) {
      switch (in.name().toUpperCase(Locale.ROOT)) {
        case "FOR" -> child = in.text().strip();
        case "GIVEN" -> parents.add(in.text().strip());
        case "TABLE" -> values = in.numbers(in.text(), "a probability");
        default -> {}
      }
    }
    definitions.add(new Definition(child, parents, values, place));
  }
}
