package io.sparkrnn;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;

/** Which package may know which. */
@AnalyzeClasses(packages = "io.sparkrnn", importOptions = ArchitectureTest.WithoutTests.class)
class ArchitectureTest {
    /** ArchUnit's own knows only target/test-classes, and each Spark has a folder of its own below target. */
    static final class WithoutTests implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("/test-classes/");
        }
    }

    private static final String[] SPARK = {"org.apache.spark..", "scala..", "org.apache.hadoop.."};

    @ArchTest
    static final ArchRule tensorKnowsNothing = knowsOnly("tensor");

    @ArchTest
    static final ArchRule kernelKnowsNothing = classes()
            .that()
            .resideInAPackage("io.sparkrnn.kernel")
            .should()
            .onlyDependOnClassesThat()
            // com.sun.management tells where the JVM's collector puts large arrays.
            .resideInAnyPackage("java..", "com.sun.management", "org.jspecify..", "io.sparkrnn.kernel");

    @ArchTest
    static final ArchRule portableKnowsTheKernel = knowsOnly("kernel.portable", "kernel");

    @ArchTest
    static final ArchRule simdKnowsTheKernel = knowsOnly("kernel.simd", "kernel", "kernel.portable");

    @ArchTest
    static final ArchRule onlySimdKnowsTheVectorModule = noClasses()
            .that()
            .resideOutsideOfPackage("io.sparkrnn.kernel.simd")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jdk.incubator.vector..");

    @ArchTest
    static final ArchRule simdIsReachedByNameAlone = noClasses()
            .that()
            .resideOutsideOfPackage("io.sparkrnn.kernel.simd")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.sparkrnn.kernel.simd");

    @ArchTest
    static final ArchRule modelKnowsTensors = knowsOnly("model", "tensor");

    @ArchTest
    static final ArchRule graphKnowsModels = classes()
            .that()
            .resideInAPackage("io.sparkrnn.graph")
            .should()
            .onlyDependOnClassesThat()
            // its operators, which compute, have a rule of their own
            .resideInAnyPackage(
                    "java..", "org.jspecify..", "io.sparkrnn.graph", "io.sparkrnn.tensor", "io.sparkrnn.model");

    @ArchTest
    static final ArchRule operatorsKnowWhatComputes =
            knowsOnly("graph.operator", "graph", "model", "kernel", "reference");

    @ArchTest
    static final ArchRule formatKnowsModels = knowsOnly("format", "tensor", "model", "graph..");

    @ArchTest
    static final ArchRule formatBytesKnowTensors = knowsOnly("format.bytes", "tensor");

    @ArchTest
    static final ArchRule foundNetworksKnowModels =
            knowsOnly("format.network", "tensor", "model", "graph..", "format.bytes");

    @ArchTest
    static final ArchRule stateDictsKnowWhatIsFound =
            knowsOnly("format.statedict", "tensor", "model", "graph..", "format.bytes", "format.network");

    @ArchTest
    static final ArchRule torchKnowsItsBytes =
            knowsOnly("format.torch", "tensor", "model", "format.bytes", "format.network");

    @ArchTest
    static final ArchRule safetensorsKnowTheirBytes = knowsOnly("format.safetensors", "tensor", "format.bytes");

    @ArchTest
    static final ArchRule numpyKnowsItsBytes = knowsOnly("format.numpy", "tensor", "format.bytes");

    @ArchTest
    static final ArchRule hdf5KnowsItsBytes = knowsOnly("format.hdf5", "tensor", "format.bytes");

    @ArchTest
    static final ArchRule kerasKnowsHdf5 =
            knowsOnly("format.keras", "tensor", "model", "graph..", "format.bytes", "format.network", "format.hdf5");

    @ArchTest
    static final ArchRule onnxKnowsWhatIsFound =
            knowsOnly("format.onnx", "tensor", "model", "graph..", "format.bytes", "format.network");

    @ArchTest
    static final ArchRule referenceKnowsModels = knowsOnly("reference", "tensor", "model");

    @ArchTest
    static final ArchRule forwardKnowsModelsAndTheKernel = knowsOnly("forward", "tensor", "model", "kernel");

    @ArchTest
    static final ArchRule parquetKnowsThePlatform = knowsOnly("parquet", "platform");

    @ArchTest
    static final ArchRule layoutOfListsKnowsNothing = knowsOnly("parquet.layout");

    @ArchTest
    static final ArchRule readingListsKnowsNothingOfWritingThem =
            knowsOnly("parquet.read", "parquet.layout", "platform");

    @ArchTest
    static final ArchRule writingListsKnowsNothingOfReadingThem =
            knowsOnly("parquet.write", "parquet.layout", "platform");

    @ArchTest
    static final ArchRule engineChoosesWhatComputes =
            knowsOnly("engine", "tensor", "model", "graph..", "reference", "forward", "kernel..");

    @ArchTest
    static final ArchRule reportKnowsNothingOfOurs = knowsOnly("report");

    @ArchTest
    static final ArchRule onlySqlAndMlKnowTheJob = noClasses()
            .that()
            .resideOutsideOfPackages("io.sparkrnn.job..", "io.sparkrnn.sql..", "io.sparkrnn.ml..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.sparkrnn.job..");

    /** It is a door of its own. */
    @ArchTest
    static final ArchRule nobodyKnowsStreams = noClasses()
            .that()
            .resideOutsideOfPackage("io.sparkrnn.stream..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.sparkrnn.stream..");

    @ArchTest
    static final ArchRule streamsKnowTheTable = knowsOnly("stream", "spark..", "engine", "model", "platform");

    /** Its functions are a door of their own. */
    @ArchTest
    static final ArchRule nobodyKnowsSql = noClasses()
            .that()
            .resideOutsideOfPackage("io.sparkrnn.sql..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.sparkrnn.sql..");

    /** Its stages of pipelines are another, whose classes a Spark without mllib cannot load. */
    @ArchTest
    static final ArchRule nobodyKnowsMl = noClasses()
            .that()
            .resideOutsideOfPackage("io.sparkrnn.ml..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.sparkrnn.ml..");

    @ArchTest
    static final ArchRule onlyMlKnowsMllib = noClasses()
            .that()
            .resideOutsideOfPackage("io.sparkrnn.ml..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.spark.ml..", "org.apache.spark.mllib..");

    /** The rooms below the job; the job itself knows all of them. */
    @ArchTest
    static final ArchRule theRoomsOfTheJobKnowOnlyThoseBelow = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("job")
            .definedBy("io.sparkrnn.job")
            .layer("verify")
            .definedBy("io.sparkrnn.job.verify..")
            .layer("inspect")
            .definedBy("io.sparkrnn.job.inspect..")
            .layer("report")
            .definedBy("io.sparkrnn.job.report..")
            .layer("run")
            .definedBy("io.sparkrnn.job.run..")
            .layer("state")
            .definedBy("io.sparkrnn.job.state..")
            .layer("invalid")
            .definedBy("io.sparkrnn.job.invalid..")
            .layer("output")
            .definedBy("io.sparkrnn.job.output..")
            .layer("input")
            .definedBy("io.sparkrnn.job.input..")
            .layer("options")
            .definedBy("io.sparkrnn.job.options..")
            .layer("storage")
            .definedBy("io.sparkrnn.job.storage..")
            .layer("session")
            .definedBy("io.sparkrnn.job.session..")
            .layer("message")
            .definedBy("io.sparkrnn.job.message..")
            .whereLayer("verify")
            .mayOnlyAccessLayers("input", "options", "session", "storage", "message")
            .whereLayer("inspect")
            .mayOnlyAccessLayers("input", "options", "storage", "message")
            .whereLayer("report")
            .mayOnlyAccessLayers("output", "options", "storage", "message")
            .whereLayer("run")
            .mayOnlyAccessLayers("output", "storage", "message")
            .whereLayer("state")
            .mayOnlyAccessLayers("run", "output", "input", "options", "session", "storage", "message")
            .whereLayer("invalid")
            .mayOnlyAccessLayers("output", "input", "session", "storage", "message")
            .whereLayer("output")
            .mayOnlyAccessLayers("input", "session", "storage", "message")
            .whereLayer("input")
            .mayOnlyAccessLayers("storage", "message")
            .whereLayer("options")
            .mayOnlyAccessLayers("storage", "message")
            .whereLayer("storage")
            .mayOnlyAccessLayers("message")
            .whereLayer("session")
            .mayNotAccessAnyLayer()
            .whereLayer("message")
            .mayNotAccessAnyLayer();

    /** The rooms below the library's public face, which knows all of them. */
    @ArchTest
    static final ArchRule theRoomsOfSparkKnowOnlyThoseBelow = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("spark")
            .definedBy("io.sparkrnn.spark")
            .layer("event")
            .definedBy("io.sparkrnn.spark.event..")
            .layer("sequence")
            .definedBy("io.sparkrnn.spark.sequence..")
            .layer("column")
            .definedBy("io.sparkrnn.spark.column..")
            .layer("file")
            .definedBy("io.sparkrnn.spark.file..")
            .layer("row")
            .definedBy("io.sparkrnn.spark.row..")
            .layer("count")
            .definedBy("io.sparkrnn.spark.count..")
            .layer("result")
            .definedBy("io.sparkrnn.spark.result..")
            .layer("feature")
            .definedBy("io.sparkrnn.spark.feature..")
            .layer("invalid")
            .definedBy("io.sparkrnn.spark.invalid..")
            .whereLayer("spark")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("event")
            .mayOnlyAccessLayers("sequence", "column", "row", "count", "feature", "invalid")
            .whereLayer("sequence")
            .mayOnlyAccessLayers("column", "row", "count", "result", "feature", "invalid")
            .whereLayer("column")
            .mayOnlyAccessLayers("row", "feature", "invalid")
            .whereLayer("file")
            .mayOnlyAccessLayers("row", "result", "invalid")
            .whereLayer("row")
            .mayOnlyAccessLayers("result", "invalid")
            .whereLayer("count")
            .mayOnlyAccessLayers("result", "invalid")
            .whereLayer("result")
            .mayNotAccessAnyLayer()
            .whereLayer("feature")
            .mayOnlyAccessLayers("invalid")
            .whereLayer("invalid")
            .mayNotAccessAnyLayer();

    @ArchTest
    static final ArchRule sparkStaysOutside = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "io.sparkrnn.spark..",
                    "io.sparkrnn.stream..",
                    "io.sparkrnn.sql..",
                    "io.sparkrnn.ml..",
                    "io.sparkrnn.job..",
                    "io.sparkrnn.parquet..",
                    "io.sparkrnn.platform..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SPARK);

    /** Other versions of it are in every Spark. */
    @ArchTest
    static final ArchRule onlyParquetKnowsParquetJava = noClasses()
            .that()
            .resideOutsideOfPackage("io.sparkrnn.parquet..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.parquet..");

    @ArchTest
    static final ArchRule onlyParquetKnowsHowSparkReadsAndWritesFiles = noClasses()
            .that()
            .resideOutsideOfPackage("io.sparkrnn.parquet..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.spark.sql.execution.datasources..");

    /** The rows and arrays in Spark's memory, and expressions: what no Spark promises to keep as it is. */
    @ArchTest
    static final ArchRule theJobKnowsNothingThatSparkKeepsToItself = noClasses()
            .that()
            .resideInAPackage("io.sparkrnn.job..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.spark.sql.catalyst..",
                    "org.apache.spark.sql.classic..",
                    "org.apache.spark.sql.internal..",
                    "org.apache.spark.unsafe..",
                    "org.apache.spark.rdd..");

    /** What a Spark has and another has not, or has otherwise: reached through the classes of src/main/java-spark-*. */
    @ArchTest
    static final ArchRule encodersAreMadeInOnePlace = noClasses()
            .that()
            .haveNameNotMatching("io\\.sparkrnn\\.spark\\.row\\.CatalystEncoders.*")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.spark.sql.classic..", "org.apache.spark.sql.catalyst.encoders..");

    /** What differs between Scalas: reached through the classes of src/main/java-scala-*. */
    @ArchTest
    static final ArchRule collectionsAreConvertedInOnePlace = noClasses()
            .that()
            .haveNameNotMatching("io\\.sparkrnn\\.platform\\.ScalaCollections")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("scala.jdk..", "scala.collection.convert..")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching("scala\\.collection\\.JavaConverters.*");

    /** An old Java loads these, to say that it is too old: no other class of the jar can it load. */
    @ArchTest
    static final ArchRule theLauncherNamesNoOtherClass = noClasses()
            .that()
            .haveNameMatching("io\\.sparkrnn\\.(job\\.SparkRnn|platform\\.(BuiltFor(\\$Checked)?|PlatformException))")
            .should()
            .dependOnClassesThat()
            .haveNameNotMatching("(\\[L)?java\\..*|org\\.jspecify\\..*|io\\.sparkrnn\\.(job\\.SparkRnn"
                    + "|platform\\.(BuiltFor(\\$Checked)?|PlatformException))");

    @ArchTest
    static final ArchRule platformKnowsNothingOfOurs = knowsOnly("platform");

    @ArchTest
    static final ArchRule onlyTheReferenceKnowsEjml = noClasses()
            .that()
            .resideOutsideOfPackage("io.sparkrnn.reference..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.ejml..");

    @ArchTest
    static final ArchRule onlyTheJobPrints = noClasses()
            .that()
            .resideOutsideOfPackage("io.sparkrnn.job..")
            .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS);

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("io.sparkrnn.(**)").should().beFreeOfCycles();

    private static ArchRule knowsOnly(String room, String... others) {
        String[] names = new String[others.length + 1];
        names[0] = "io.sparkrnn." + room + "..";
        for (int i = 0; i < others.length; i++) {
            names[i + 1] = "io.sparkrnn." + others[i];
        }
        return noClasses()
                .that()
                .resideInAPackage("io.sparkrnn." + room + "..")
                .should()
                .dependOnClassesThat(com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage(
                                "io.sparkrnn..")
                        .and(com.tngtech.archunit.base.DescribedPredicate.not(
                                com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage(names))));
    }
}
