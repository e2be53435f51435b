package org.ugmm.engine.flat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/** Reads {@code .circuit} files and says how they are laid out. */
public final class CircuitFile {
  /*
   * All numbers are little-endian. Sections follow each other in this order, each starts at the next
   * multiple of 64 and is padded with zeros. Their places follow from the counts in the header, so
   * there is no table of sections that could lie.
   *
   *    0         8        12        16           24            28            32
   *   +---------+---------+---------+------------+-------------+-------------+
   *   | MAGIC   | VERSION | CRC-32C | FILE LENGTH| VARIABLES   | VARIABLE    |
   *   | 8 bytes | int     | int     | long       | int         | BYTES int   |
   *   +---------+---------+---------+------------+-------------+-------------+
   *   32        36        40        44           48            52            56            60
   *   +---------+---------+---------+------------+-------------+-------------+-------------+
   *   | NODES   | EDGES   | PARA-   | ROOT       | LEAVES      | INNER       | CLASS       | CARD
   *   | int     | int     | METERS  | int        | int         | NODES int   | int         | BYTES int
   *   +---------+---------+---------+------------+-------------+-------------+-------------+
   *   variables      VARIABLE BYTES   names and states as UTF-8, see VariableSection
   *   kind           byte [NODES]     ordinals of NodeKind
   *   leafVariable   int [LEAVES]     the variable of each leaf that has one, in node order
   *   numChildren    int [INNER]      the number of children of each sum and product, of bins of each
   *                                   histogram and of variables of each Gaussian block, in node order
   *   child          int [EDGES]      Circuit.child
   *   parameter      double [PARAMS]  Circuit.parameter, raw bits
   *   card           CARD BYTES       Circuit.card as UTF-8; no bytes where there is none
   *   rounding       double [NODES]   Circuit.rounding, raw bits; in versions 4, 6 and 8 alone
   *
   * CLASS is 1 and the index of the class variable, or 0. Version 1 had neither a class nor codes of
   * states, version 2 had no card; both are read as such. Version 3 is written where nothing was
   * rounded, version 4 where something was; versions 5 and 6 are the same with counts or with leaves of
   * kinds after GAUSSIAN_LINK, versions 7 and 8 with Gaussian blocks.
   *
   * The checksum covers everything after itself. edgeStart and parameterStart are not stored: the
   * kind of a node, its number of children and its variable give both. A weighted sum thus costs 5
   * bytes and 12 an edge, a product 5 and 4 an edge, a Gaussian leaf 21.
   *
   * A file is untrusted: its length is compared with the length that the counts ask for before any
   * array is made, so what loading allocates is bounded by a small multiple of the file's length.
   */
  static final long MAGIC = 0x0A1A_0A0D_4D4D_4789L; // 89 'G' 'M' 'M' CR LF SUB LF
  static final int VERSION = 8;

  /** The version of a file without roundings, counts and newer kinds of leaves. */
  static final int PLAIN_VERSION = 3;

  /** How much later the version is where there are counts or newer kinds of leaves. */
  static final int LEAVES = 2;

  /** How much later the version is where there are Gaussian blocks. */
  static final int BLOCKS = 4;

  /** The oldest version that is read. */
  static final int OLDEST_VERSION = 1;

  static final int MAGIC_OFFSET = 0;
  static final int VERSION_OFFSET = 8;
  static final int CHECKSUM_OFFSET = 12;
  static final int FILE_LENGTH_OFFSET = 16;
  static final int NUM_VARIABLES_OFFSET = 24;
  static final int VARIABLE_BYTES_OFFSET = 28;
  static final int NUM_NODES_OFFSET = 32;
  static final int NUM_EDGES_OFFSET = 36;
  static final int NUM_PARAMETERS_OFFSET = 40;
  static final int ROOT_OFFSET = 44;
  static final int NUM_LEAVES_OFFSET = 48;
  static final int NUM_INNER_OFFSET = 52;
  static final int CLASS_OFFSET = 56;
  static final int CARD_BYTES_OFFSET = 60;
  static final int HEADER_BYTES = 64;
  static final int CHECKSUM_FROM = FILE_LENGTH_OFFSET;

  /** No VM makes a longer array. */
  private static final int MAX_COUNT = Integer.MAX_VALUE - 16;

  /** What messages call it. */
  private final String file;

  private final MappedFile bytes;
  private final Layout layout;

  private CircuitFile(String file, MappedFile bytes, Layout layout) {
    this.file = file;
    this.bytes = bytes;
    this.layout = layout;
  }

  /**
   * Where the sections of a file are, from its counts.
   *
   * @param numVariables number of variables
   * @param variableBytes bytes of the variable section
   * @param numNodes number of nodes
   * @param numEdges number of edges
   * @param numParameters number of parameters
   * @param numLeaves number of leaves on a variable
   * @param numInner number of sums and products
   * @param cardBytes bytes of the card
   * @param numRoundings 0, or the number of nodes
   */
  record Layout(
      int numVariables,
      int variableBytes,
      int numNodes,
      int numEdges,
      int numParameters,
      int numLeaves,
      int numInner,
      int cardBytes,
      int numRoundings) {

    long variables() {
      return HEADER_BYTES;
    }

    long kind() {
      return aligned(variables() + variableBytes);
    }

    long leafVariable() {
      return aligned(kind() + numNodes);
    }

    long numChildren() {
      return aligned(leafVariable() + 4L * numLeaves);
    }

    long child() {
      return aligned(numChildren() + 4L * numInner);
    }

    long parameter() {
      return aligned(child() + 4L * numEdges);
    }

    long card() {
      return aligned(parameter() + 8L * numParameters);
    }

    long rounding() {
      return aligned(card() + cardBytes);
    }

    long fileLength() {
      return aligned(rounding() + 8L * numRoundings);
    }

    private static long aligned(long offset) {
      return (offset + 63) & -64;
    }
  }

  /**
   * Maps and reads a file. The file must not be cut short by another process meanwhile; replacing
   * it by {@link CircuitFileWriter} is safe.
   *
   * @throws IOException if it cannot be read
   * @throws CircuitException if it is not a valid circuit
   */
  public static FlatCircuit read(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new CircuitException(
          "%s: expected a regular file, found a directory or a device".formatted(file));
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long length = channel.size();
      String name = file.toString();
      requireHeader(name, length);
      ByteBuffer header = MappedFile.read(channel, HEADER_BYTES);
      Layout layout = readHeader(name, header, length);
      return read(name, header, new MappedFile(channel, length), layout);
    }
  }

  /**
   * Reads what a file holds.
   *
   * @param name what messages call it
   * @throws CircuitException if it is not a valid circuit
   */
  public static FlatCircuit read(String name, byte[] bytes) {
    requireHeader(name, bytes.length);
    ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    Layout layout = readHeader(name, header, bytes.length);
    return read(name, header, new MappedFile(bytes), layout);
  }

  private static void requireHeader(String file, long length) {
    if (length < HEADER_BYTES) {
      throw new CircuitException(
          "%s: %d bytes; expected a .circuit file of this library, at least %d: compile the model"
                  .formatted(file, length, HEADER_BYTES)
              + " with it, or convert a circuit of another program");
    }
  }

  private static FlatCircuit read(String file, ByteBuffer header, MappedFile bytes, Layout layout) {
    int found = bytes.checksum(CHECKSUM_FROM);
    int expected = header.getInt(CHECKSUM_OFFSET);
    if (found != expected) {
      throw damaged(
          file,
          "CRC-32C of the file",
          CHECKSUM_OFFSET,
          "0x%08x".formatted(expected),
          "0x%08x".formatted(found));
    }
    return new CircuitFile(file, bytes, layout)
        .readBody(header.getInt(ROOT_OFFSET), header.getInt(CLASS_OFFSET) - 1);
  }

  private static Layout readHeader(String file, ByteBuffer header, long length) {
    long magic = header.getLong(MAGIC_OFFSET);
    if (magic != MAGIC) {
      throw new CircuitException(
          "%s: begins with the bytes 0x%016x; expected a .circuit file of this library, 0x%016x:"
                  .formatted(file, magic, MAGIC)
              + " compile the model with it, or convert a circuit of another program");
    }
    int version = header.getInt(VERSION_OFFSET);
    if (version < OLDEST_VERSION || version > VERSION) {
      throw new CircuitException(
          "%s: version %d at byte %d; this library reads versions %d .. %d: compile the model again"
              .formatted(file, version, VERSION_OFFSET, OLDEST_VERSION, VERSION));
    }
    long declared = header.getLong(FILE_LENGTH_OFFSET);
    if (declared != length) {
      throw damaged(
          file, "length of the file", FILE_LENGTH_OFFSET, declared + " bytes", length + " bytes");
    }
    Layout layout =
        new Layout(
            count(file, header, NUM_VARIABLES_OFFSET, "number of variables"),
            count(file, header, VARIABLE_BYTES_OFFSET, "bytes of the variable section"),
            count(file, header, NUM_NODES_OFFSET, "number of nodes"),
            count(file, header, NUM_EDGES_OFFSET, "number of edges"),
            count(file, header, NUM_PARAMETERS_OFFSET, "number of parameters"),
            count(file, header, NUM_LEAVES_OFFSET, "number of leaves"),
            count(
                file, header, NUM_INNER_OFFSET, "number of sums, products, histograms and blocks"),
            count(file, header, CARD_BYTES_OFFSET, "bytes of the card"),
            hasRoundings(version) ? count(file, header, NUM_NODES_OFFSET, "number of nodes") : 0);
    if (layout.fileLength() != length) {
      throw damaged(
          file,
          "the counts",
          NUM_VARIABLES_OFFSET,
          "a file of " + layout.fileLength() + " bytes",
          length + " bytes");
    }
    if (version < 3 && layout.cardBytes() != 0) {
      throw damaged(
          file,
          "bytes of the card",
          CARD_BYTES_OFFSET,
          "0 in version " + version,
          Integer.toString(layout.cardBytes()));
    }
    int classes = version == 1 ? 0 : layout.numVariables();
    int classVariable = header.getInt(CLASS_OFFSET);
    if (classVariable < 0 || classVariable > classes) {
      throw damaged(
          file, "class variable", CLASS_OFFSET, "0 .. " + classes, Integer.toString(classVariable));
    }
    return layout;
  }

  private static boolean hasRoundings(int version) {
    return version == 4 || version == 6 || version == 8;
  }

  private static int count(String file, ByteBuffer header, int offset, String what) {
    int count = header.getInt(offset);
    if (count < 0 || count > MAX_COUNT) {
      throw damaged(file, what, offset, "0 .. " + MAX_COUNT, Integer.toString(count));
    }
    return count;
  }

  private FlatCircuit readBody(int root, int classVariable) {
    List<Variable> variables =
        VariableSection.read(
            file,
            bytes.bytes(layout.variables(), layout.variableBytes()),
            layout.variables(),
            layout.numVariables());
    byte[] kind = bytes.bytes(layout.kind(), layout.numNodes());
    countKinds(kind);
    int[] leafVariable = bytes.ints(layout.leafVariable(), layout.numLeaves());
    int[] numChildren = bytes.ints(layout.numChildren(), layout.numInner());
    int numNodes = kind.length;
    int[] variable = new int[numNodes];
    int[] edgeStart = new int[numNodes + 1];
    int[] parameterStart = new int[numNodes + 1];
    long numEdges = 0;
    long numParameters = 0;
    int leaf = 0;
    int inner = 0;
    for (int n = 0; n < numNodes; n++) {
      variable[n] = -1;
      switch (NodeKind.of(kind[n])) {
        case GAUSSIAN -> {
          variable[n] = leafVariable[leaf++];
          numParameters += 2;
        }
        case BASE -> variable[n] = leafVariable[leaf++];
        case POISSON, EXPONENTIAL -> {
          variable[n] = leafVariable[leaf++];
          numParameters++;
        }
        case UNIFORM, GAMMA, LOG_NORMAL -> {
          variable[n] = leafVariable[leaf++];
          numParameters += 2;
        }
        case HISTOGRAM -> {
          variable[n] = leafVariable[leaf++];
          numParameters += 2L * numChildren(numChildren[inner], n, inner) + 1;
          inner++;
        }
        case GAUSSIAN_BLOCK -> {
          long d = numChildren(numChildren[inner], n, inner);
          numParameters += d * (d + 5) / 2;
          inner++;
        }
        case CATEGORICAL -> {
          variable[n] = leafVariable[leaf];
          numParameters += numStates(variables, variable[n], n, leaf);
          leaf++;
        }
        case CONSTANT -> numParameters++;
        case WEIGHTED_SUM -> {
          int children = numChildren(numChildren[inner], n, inner);
          numEdges += children;
          numParameters += children;
          inner++;
        }
        case PRODUCT -> {
          numEdges += numChildren(numChildren[inner], n, inner);
          inner++;
        }
        case GAUSSIAN_LINK -> {
          numEdges++;
          numParameters += 2;
        }
      }
      if (numEdges > layout.numEdges() || numParameters > layout.numParameters()) {
        break;
      }
      edgeStart[n + 1] = (int) numEdges;
      parameterStart[n + 1] = (int) numParameters;
    }
    requireTotal("edges of all nodes", NUM_EDGES_OFFSET, layout.numEdges(), numEdges);
    requireTotal(
        "parameters of all nodes", NUM_PARAMETERS_OFFSET, layout.numParameters(), numParameters);
    int[] child = bytes.ints(layout.child(), layout.numEdges());
    String card = card();
    double[] parameter = bytes.doubles(layout.parameter(), layout.numParameters());
    try {
      FlatCircuit circuit =
          new FlatCircuit(
              variables, kind, edgeStart, child, parameterStart, parameter, variable, root);
      FlatCircuit described =
          circuit
              .withCard(card)
              .withRounding(bytes.doubles(layout.rounding(), layout.numRoundings()));
      return classVariable < 0
          ? described
          : described.withClassVariable(variables.get(classVariable).name());
    } catch (CircuitException | ArgumentException e) {
      throw new CircuitException(
          "%s: %s; the file is damaged: compile the model again".formatted(file, e.getMessage()),
          e);
    }
  }

  private @Nullable String card() {
    if (layout.cardBytes() == 0) {
      return null;
    }
    ByteBuffer encoded = ByteBuffer.wrap(bytes.bytes(layout.card(), layout.cardBytes()));
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(encoded).toString();
    } catch (CharacterCodingException e) {
      throw new CircuitException(
          "%s: card (byte %d): expected UTF-8; the file is damaged: compile the model again"
              .formatted(file, layout.card()),
          e);
    }
  }

  private void countKinds(byte[] kind) {
    int numLeaves = 0;
    int numInner = 0;
    int last = NodeKind.GAUSSIAN_BLOCK.ordinal();
    for (int n = 0; n < kind.length; n++) {
      if (kind[n] < 0 || kind[n] > last) {
        throw damaged(
            file,
            "kind of node " + n,
            layout.kind() + n,
            "0 .. " + last,
            Integer.toString(kind[n] & 0xff));
      }
      switch (NodeKind.of(kind[n])) {
        case GAUSSIAN, CATEGORICAL, BASE, POISSON, UNIFORM, EXPONENTIAL, GAMMA, LOG_NORMAL ->
            numLeaves++;
        case HISTOGRAM -> {
          numLeaves++;
          numInner++;
        }
        case WEIGHTED_SUM, PRODUCT, GAUSSIAN_BLOCK -> numInner++;
        case CONSTANT, GAUSSIAN_LINK -> {}
      }
    }
    requireTotal("leaves on a variable", NUM_LEAVES_OFFSET, layout.numLeaves(), numLeaves);
    requireTotal(
        "sums, products, histograms and blocks", NUM_INNER_OFFSET, layout.numInner(), numInner);
  }

  private int numStates(List<Variable> variables, int v, int n, int leaf) {
    if (v >= 0 && v < variables.size() && variables.get(v) instanceof Categorical categorical) {
      return categorical.numStates();
    }
    throw damaged(
        file,
        "variable of categorical node " + n,
        layout.leafVariable() + 4L * leaf,
        "the index of a categorical variable",
        Integer.toString(v));
  }

  private int numChildren(int children, int n, int inner) {
    if (children >= 1) {
      return children;
    }
    throw damaged(
        file,
        "number of children, bins or variables of node " + n,
        layout.numChildren() + 4L * inner,
        "at least 1",
        Integer.toString(children));
  }

  private void requireTotal(String what, int offset, long declared, long found) {
    if (declared != found) {
      throw damaged(file, what, offset, Long.toString(declared), Long.toString(found));
    }
  }

  static CircuitException damaged(
      String file, String what, long offset, String expected, String found) {
    return new CircuitException(
        "%s: %s (byte %d): expected %s, found %s; the file is damaged: compile the model again"
            .formatted(file, what, offset, expected, found));
  }
}
