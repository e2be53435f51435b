package org.ugmm.compiler.networks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.testdata.Golden;
import org.ugmm.testdata.Shared;

/** One network in every format, and what each reader says of what it cannot take. */
class NetworkFormatsTest {
  /** Rain and a sprinkler, and the grass that both make wet. */
  private static final String BIF =
      """
      // the grass
      network lawn { property author = "a; b"; }
      variable rain { type discrete [ 2 ] { no, yes }; property position = (1,2); }
      variable sprinkler { type discrete[3]{ off, low, "full power" }; }
      variable wet { type discrete [ 2 ] { 0, 1 }; }
      free text
      probability ( rain ) { table .75, 2.5e-1; }
      probability ( wet | rain, sprinkler ) {
        (no, off) 1, 0;
        (yes, "full power") 0.125, 0.875;
        (no, low) 0.5, 0.5; /* a comment */
        default 0.25, 0.75;
      }
      probability ( sprinkler | rain ) {
        property source = none ;
        table 0.5, 0.75, 0.25, 0.125, 0.25, 0.125;
      }
      """;

  private static final String XMLBIF =
      """
      <?xml version="1.0"?>
      <!DOCTYPE BIF [ <!ELEMENT BIF ( NETWORK )*> <!ENTITY x "y"> ]>
      <BIF VERSION="0.3"><NETWORK><NAME>lawn</NAME>
      <VARIABLE TYPE="nature"><NAME>rain</NAME><OUTCOME>no</OUTCOME><OUTCOME>yes</OUTCOME></VARIABLE>
      <VARIABLE TYPE="nature"><NAME>sprinkler</NAME><OUTCOME>off</OUTCOME><OUTCOME>low</OUTCOME>
        <OUTCOME>full power</OUTCOME><PROPERTY>position = (1,2)</PROPERTY></VARIABLE>
      <VARIABLE TYPE="nature"><NAME>wet</NAME><OUTCOME>0</OUTCOME><OUTCOME>1</OUTCOME></VARIABLE>
      <DEFINITION><FOR>rain</FOR><TABLE>0.75 0.25</TABLE></DEFINITION>
      <DEFINITION><FOR>sprinkler</FOR><GIVEN>rain</GIVEN>
        <TABLE> 0.5 0.25 0.25 <!-- yes --> 0.75 0.125 0.125</TABLE></DEFINITION>
      <DEFINITION><FOR>wet</FOR><GIVEN>rain</GIVEN><GIVEN>sprinkler</GIVEN>
        <TABLE>1 0 0.5 0.5 0.25 0.75 0.25 0.75 0.25 0.75 0.125 0.875</TABLE></DEFINITION>
      </NETWORK></BIF>
      """;

  private static final String XDSL =
      """
      <?xml version="1.0" encoding="ISO-8859-1"?>
      <smile version="1.0" id="lawn" numsamples="1000"><nodes>
      <cpt id="rain"><state id="no" /><state id="yes" /><probabilities>0.75 0.25</probabilities></cpt>
      <cpt id="sprinkler"><state id="off" /><state id="low" /><state id="full power" />
        <parents>rain</parents>
        <probabilities>0.5 0.25 0.25 0.75 0.125 0.125</probabilities></cpt>
      <cpt id="wet"><state id="0" /><state id="1" /><parents>rain sprinkler</parents>
        <probabilities>1 0 0.5 0.5 0.25 0.75 0.25 0.75 0.25 0.75 0.125 0.875</probabilities></cpt>
      </nodes><extensions><genie version="1.0"><node id="rain"><name>Rain</name></node></genie>
      </extensions></smile>
      """;

  private static final String UAI =
      """
      c the grass
      BAYES
      3
      2 3 2
      3
      1 0
      2 0 1
      3 0 1 2 # child last

      2 0.75 0.25
      6 0.5 0.25 0.25
        0.75 0.125 0.125
      12 1 0 0.5 0.5 0.25 0.75 0.25 0.75 0.25 0.75 0.125 0.875
      """;

  private static final double[] RAIN = {0.75, 0.25};
  private static final double[][] SPRINKLER = {{0.5, 0.25, 0.25}, {0.75, 0.125, 0.125}};
  private static final double[][] DRY = {{1, 0.5, 0.25}, {0.25, 0.25, 0.125}};

  private static Circuit circuit(String name, String text) throws IOException {
    return compile(name, text.getBytes(StandardCharsets.UTF_8)).circuit();
  }

  private static Compilation compile(String name, byte[] bytes) throws IOException {
    return ModelCompiler.compile(Source.bytes(name, bytes), CompileOptions.defaults());
  }

  private static void requireLawn(Circuit circuit) {
    double[] rows = new double[36];
    double[] expected = new double[12];
    for (int i = 0; i < 12; i++) {
      int r = i / 6;
      int s = i / 2 % 3;
      int w = i % 2;
      rows[3 * i] = r;
      rows[3 * i + 1] = s;
      rows[3 * i + 2] = w;
      expected[i] = RAIN[r] * SPRINKLER[r][s] * (w == 0 ? DRY[r][s] : 1 - DRY[r][s]);
    }
    double[] logs = new double[12];
    new Evaluator(circuit).logDensity(rows, 12, logs);
    for (int i = 0; i < 12; i++) {
      assertEquals(expected[i], Math.exp(logs[i]), 1e-15, "joint state " + i);
    }
    assertTrue(circuit.structure().isDeterministic());
    assertTrue(circuit.structure().isSmooth());
    assertTrue(circuit.structure().isDecomposable());
  }

  @Test
  void lawn_inEveryFormat_isTheSameDistribution() throws IOException {
    requireLawn(circuit("m.bif", BIF));
    requireLawn(circuit("m.xmlbif", XMLBIF));
    requireLawn(circuit("m.xml", XMLBIF));
    requireLawn(circuit("m.xdsl", XDSL));
    requireLawn(circuit("m.uai", UAI));
  }

  /** What editors, other systems and other writers make of the same text. */
  @Test
  void bif_writtenInOtherWays_isTheSameDistribution() throws IOException {
    int tables = BIF.indexOf("probability");
    int variables = BIF.indexOf("variable");
    for (String text :
        List.of(
            "\uFEFF" + BIF,
            BIF.replace("\n", "\r\n"),
            BIF.replace("// the grass\n", "").replace("\n", "\r"),
            BIF.replace(",", " "),
            BIF.replace(" ", "\t\n").replace("full\t\npower", "full power"),
            BIF.replace(".75, 2.5e-1;", ".75/* dry */2.5e-1// wet\n;"),
            BIF.replace("position = (1,2);", "size = 5\" by 7 ;\n property quoted = \"a;}\" ;"),
            BIF.replace("| rain", "rain"),
            BIF.replace("variable rain", "variable \"rain\"").replace("(yes,", "(\"yes\","),
            BIF.substring(tables) + BIF.substring(variables, tables))) {
      requireLawn(circuit("m.bif", text));
    }
  }

  @Test
  void xml_documentType_isPassedOver_wholeOrCutOff() throws IOException {
    String type = "<!DOCTYPE BIF [\n <!-- ]> -->\n <!ENTITY x \"]>\"> <!ELEMENT a (b)*>\n]>";
    String text = XMLBIF.replaceAll("<!DOCTYPE.*", type);
    requireLawn(circuit("m.xmlbif", text));
    String wrong = text.replace("<FOR>rain</FOR><TABLE>0.75", "<FOR>rain</FOR><TABLE>-0.75");
    int line = (int) wrong.substring(0, wrong.indexOf("-0.75")).lines().count();
    ModelException e = assertThrows(ModelException.class, () -> circuit("m.xmlbif", wrong));
    assertTrue(e.getMessage().contains("line " + line + ": found '-0.75'"), e.getMessage());
    String cut = text.substring(0, text.indexOf("ENTITY"));
    e = assertThrows(ModelException.class, () -> circuit("m.xmlbif", cut));
    assertTrue(e.getMessage().startsWith("m.xmlbif: line "), e.getMessage());
  }

  @Test
  void xml_inEveryEncoding_keepsItsNames() throws IOException {
    String text = XMLBIF.replace("low", "n\u00e9").replace("<?xml version=\"1.0\"?>", "");
    String declared = "<?xml version=\"1.0\" encoding=\"%s\"?>" + text;
    for (byte[] bytes :
        List.of(
            text.getBytes(StandardCharsets.UTF_8),
            ("\uFEFF" + text).getBytes(StandardCharsets.UTF_8),
            declared.formatted("UTF-8").getBytes(StandardCharsets.UTF_8),
            declared.formatted("-x").getBytes(StandardCharsets.UTF_8),
            declared.formatted("UTF-8").getBytes(StandardCharsets.ISO_8859_1),
            declared.formatted("ISO-8859-1").getBytes(StandardCharsets.ISO_8859_1),
            declared.formatted("windows-1252").getBytes(StandardCharsets.ISO_8859_1),
            declared.formatted("UTF-16").getBytes(StandardCharsets.UTF_16))) {
      Circuit c = compile("m.xmlbif", bytes).circuit();
      requireLawn(c);
      assertEquals(
          List.of("off", "n\u00e9", "full power"),
          ((org.ugmm.engine.data.Variable.Categorical) c.variables().get(1)).states());
    }
  }

  @Test
  void names_areThoseOfTheFile() throws IOException {
    for (String name : List.of("m.bif", "m.xmlbif", "m.xdsl")) {
      Circuit c =
          circuit(name, name.endsWith("xdsl") ? XDSL : name.endsWith("xmlbif") ? XMLBIF : BIF);
      assertEquals(1, c.indexOf("sprinkler"));
      assertEquals(
          List.of("off", "low", "full power"),
          ((org.ugmm.engine.data.Variable.Categorical) c.variables().get(1)).states());
    }
  }

  @Test
  void compressed_readsAsWhatWasCompressed() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(BIF.getBytes(StandardCharsets.UTF_8));
    }
    requireLawn(compile("m.bif.gz", packed.toByteArray()).circuit());
    requireLawn(compile("m.bif", packed.toByteArray()).circuit());
  }

  @Test
  void deterministicNodeOfGenie_isATableOfZerosAndOnes() throws IOException {
    String model =
        """
        <smile version="1.0" id="n"><nodes>
        <cpt id="a"><state id="0"/><state id="1"/><probabilities>0.25 0.75</probabilities></cpt>
        <deterministic id="b"><state id="x"/><state id="y"/><parents>a</parents>
        <resultingstates>y x</resultingstates></deterministic></nodes></smile>
        """;
    Inference inference = new Inference(circuit("m.xdsl", model));
    CategoricalPosterior b =
        (CategoricalPosterior) inference.posterior("b", new Evidence(inference.circuit()));
    assertEquals(0.75, b.probability(0), 1e-15);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "m.bif|default 0.25, 0.75;||no row for 'wet' given rain = no, sprinkler = full power",
        "m.bif|(no, off) 1, 0;|(no, of) 1, 0;|no state 'of' of 'sprinkler'; expected one of",
        "m.bif|.75, 2.5e-1|.75, 2.4e-1|the probabilities of 'rain' sum to 0.99",
        "m.bif|(no, low) 0.5, 0.5;|(no, low) 0.5;|2 probabilities, found 1 before this",
        "m.bif|( rain ) {|( rain , wet ) {|4 probabilities, found 2 before this",
        "m.bif|type discrete [ 2 ] { no|type continuous [ 2 ] { no|the type 'discrete'",
        "m.bif|{ no, yes }|{ no, yes, may }|2 states as announced, found 3",
        "m.bif|probability ( rain ) { table .75, 2.5e-1; }||no table for variable 'rain'",
        "m.bif|.75, 2.5e-1;|.75, 2.5e-1; table 0.5 0.5;|one 'table' or rows, found probabilities",
        "m.bif|default 0.25, 0.75;|default 0.25, 0.75; default 1, 0;|one 'default'",
        "m.xdsl|<nodes>|<dynamic numslices='3'/><nodes>|a dynamic network",
        "m.xmlbif|0.75 0.25</TABLE>|0.75</TABLE>|1 probabilities for 'rain'; expected 2",
        "m.xmlbif|<FOR>wet|<FOR>wett|no variable 'wett'",
        "m.xmlbif|</BIF>|<|not an XML text",
        "m.xmlbif|0.5 0.25 0.25|-0.5 0.25 0.25|found '-0.5'; expected a probability",
        "m.xdsl|<cpt id=\"rain\">|<noisymax id=\"rain\">|a node of the kind 'noisymax'",
        "m.xdsl|0.75 0.125 0.125|0.75 0.125|5 entries of the table of 'sprinkler'; expected 6",
        "m.uai|12 1|13 1|13 entries of function 2; expected 12",
        "m.uai|3 0 1 2|3 0 1 1|a variable twice in function 2",
        "m.uai|2 0 1|2 1 0|a second table of 'x0', its last variable; expected the child last",
        "m.uai|BAYES|BAYS|found 'BAYS'; expected BAYES or MARKOV"
      })
  void broken_isRefusedByName(String name, String from, String to, String message) {
    String text =
        switch (name) {
          case "m.bif" -> BIF;
          case "m.xmlbif" -> XMLBIF;
          case "m.xdsl" -> XDSL;
          default -> UAI;
        };
    String broken = text.replace(from, to == null ? "" : to);
    ModelException e = assertThrows(ModelException.class, () -> circuit(name, broken));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void cycle_isRefused() {
    String model =
        """
        variable a { type discrete [ 2 ] { 0, 1 }; }
        variable b { type discrete [ 2 ] { 0, 1 }; }
        probability ( a | b ) { default 0.5, 0.5; }
        probability ( b | a ) { default 0.5, 0.5; }
        """;
    ModelException e = assertThrows(ModelException.class, () -> circuit("m.bif", model));
    assertTrue(e.getMessage().contains("'a' depends on itself"), e.getMessage());
  }

  @Test
  void hugeTableOfAShortText_isRefusedBeforeItIsMade() {
    StringBuilder model = new StringBuilder();
    for (int v = 0; v < 40; v++) {
      model.append("variable v" + v + " { type discrete [ 2 ] { 0, 1 }; }\n");
    }
    model.append("probability ( v0 |");
    for (int v = 1; v < 40; v++) {
      model.append(" v").append(v);
    }
    model.append(" ) { default 0.5, 0.5; }\n");
    ModelException e = assertThrows(ModelException.class, () -> circuit("m.bif", "" + model));
    assertTrue(e.getMessage().contains("1,099,511,627,776 entries"), e.getMessage());
  }

  @Test
  void roundedRows_areDividedOrKept_andTold() throws IOException {
    String model =
        """
        variable a { type discrete [ 3 ] { 0, 1, 2 }; }
        variable b { type discrete [ 3 ] { 0, 1, 2 }; }
        probability ( a ) { table 0.3333, 0.3333, 0.3333; }
        probability ( b ) { table 0.3333333, 0.3333333, 0.3333333; }
        """;
    Compilation compilation = compile("m.bif", model.getBytes(StandardCharsets.UTF_8));
    assertEquals(Math.log(0.9999999), compilation.circuit().normaliser().logZ(), 1e-15);
    List<String> notes = compilation.passes().get(0).notes();
    assertTrue(notes.get(0).startsWith("1 rows of probabilities were divided"), notes.get(0));
    assertTrue(notes.get(1).startsWith("1 rows of probabilities sum to 1 only"), notes.get(1));
  }

  @Test
  void markov_logZ_isThePartitionFunction() throws IOException {
    // x0 and x1 agree with weight 3, disagree with weight 1; x0 = 1 weighs 1e200, x2 is in no table
    String model = "MARKOV\n3\n2 2 2\n2\n2 0 1\n1 0\n4 3 1 1 3\n2 1 1e200\n";
    Circuit c = circuit("m.uai", model);
    assertEquals(Math.log(8) + Math.log(1 + 1e200), c.normaliser().logZ(), 1e-12);
  }

  @Test
  void markov_weightsBeyondTheRangeOfDoubles_keepTheirLogs() throws IOException {
    StringBuilder model = new StringBuilder("MARKOV\n2\n2 2\n10\n");
    for (int f = 0; f < 10; f++) {
      model.append("2 0 1\n");
    }
    for (int f = 0; f < 10; f++) {
      model.append("4 1e-300 2e-300 1e300 1e-300\n");
    }
    Circuit c = circuit("m.uai", model.toString());
    double[] logs = new double[4];
    new Evaluator(c).logDensity(new double[] {0, 0, 0, 1, 1, 0, 1, 1}, 4, logs);
    double ten = 3000 * Math.log(10);
    assertEquals(ten, c.normaliser().logZ(), 1e-9);
    assertEquals(-2 * ten + 10 * Math.log(2), logs[1], 1e-9);
    assertEquals(0, logs[2], 1e-9);
    assertEquals(-2 * ten, logs[3], 1e-9);
  }

  @Test
  void grid_logZ_equalsElimination() throws IOException {
    Circuit c =
        ModelCompiler.compile(Golden.find("models/networks/grid4x4.uai"), CompileOptions.defaults())
            .circuit();
    double[] words =
        Arrays.stream(
                Files.readString(Golden.find("models/networks/grid4x4.uai")).strip().split("\\s+"))
            .skip(1)
            .mapToDouble(Double::parseDouble)
            .toArray();
    double z = 0;
    for (int x = 0; x < 1 << 16; x++) {
      z += product(words, x);
    }
    assertEquals(Math.log(z), c.normaliser().logZ(), 1e-12);
  }

  /** The product of the tables of a network of 16 binary variables, read number by number. */
  private static double product(double[] words, int x) {
    int at = 1 + 16;
    int numFunctions = (int) words[at++];
    int table = at;
    for (int f = 0; f < numFunctions; f++) {
      table += 1 + (int) words[table];
    }
    double product = 1;
    for (int f = 0; f < numFunctions; f++) {
      int size = (int) words[at++];
      int index = 0;
      for (int i = 0; i < size; i++) {
        index = 2 * index + (x >> (int) words[at++] & 1);
      }
      product *= words[table + 1 + index];
      table += 1 + (1 << size);
    }
    return product;
  }

  @Test
  void promedus_givenItsEvidence_equalsThePublishedAnswers() throws IOException {
    Path model = shared("Promedus_24.uai");
    Circuit c =
        ModelCompiler.compile(
                model, CompileOptions.defaults().withEvidence(shared("Promedus_24.uai.evid")))
            .circuit();
    assertEquals(-5.861811131124479, c.normaliser().logZ() / Math.log(10), 1e-12);
    String[] published = Files.readString(shared("Promedus_24.uai.MAR")).strip().split("\\s+");
    Inference inference = new Inference(c);
    int at = 2;
    for (int v = 0; v < c.numVariables(); v++) {
      int numStates = Integer.parseInt(published[at++]);
      CategoricalPosterior p = (CategoricalPosterior) inference.posterior(v, new Evidence(c));
      for (int s = 0; s < numStates; s++) {
        double expected = Double.parseDouble(published[at++]);
        assertEquals(expected, p.probability(s), 1e-5 * expected, "variable " + v);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 2|2 numbers; expected the number of observed variables",
        "1 5 0|state 0 of variable 5; expected a variable, 0 .. 2",
        "1 0 2|state 2 of variable 0; expected a state, 0 .. 1",
        "2 0 0 0 1|two states of variable 0",
        "1 0 0.5|found '0.5'",
        "1 1 3|state 3 of variable 1; expected a state, 0 .. 2"
      })
  void brokenEvidence_isRefused(String text, String message, @TempDir Path folder)
      throws IOException {
    Path model = Files.writeString(folder.resolve("m.uai"), UAI);
    Path evidence = Files.writeString(folder.resolve("m.evid"), text);
    CompileOptions options = CompileOptions.defaults().withEvidence(evidence);
    ModelException e =
        assertThrows(ModelException.class, () -> ModelCompiler.compile(model, options));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void evidence_isPartOfTheModel(@TempDir Path folder) throws IOException {
    Path model = Files.writeString(folder.resolve("m.uai"), UAI);
    for (String text : List.of("1 2 1", "1\n1 2 1\n")) {
      Path evidence = Files.writeString(folder.resolve("m.evid"), text);
      Circuit c =
          ModelCompiler.compile(model, CompileOptions.defaults().withEvidence(evidence)).circuit();
      double wet = 0;
      for (int i = 0; i < 6; i++) {
        wet += RAIN[i / 3] * SPRINKLER[i / 3][i % 3] * (1 - DRY[i / 3][i % 3]);
      }
      assertEquals(Math.log(wet), c.normaliser().logZ(), 1e-14);
      assertEquals(0, new Inference(c).marginal(new Evidence(c).observe(2, 1)).value(), 1e-14);
    }
  }

  private static Path shared(String name) {
    Optional<Path> file = Shared.find("data/formats/" + name);
    assumeTrue(file.isPresent(), "skipped: " + name + " is not beside the project");
    return file.get();
  }
}
