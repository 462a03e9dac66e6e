#!/usr/bin/env bash
#
# Runs spark-rnn as a Spark job, with Spark's own launcher:
#
#   ./submit.sh                                      scores the sample in data/ on this machine
#   ./submit.sh --help                               every command and option
#   ./submit.sh score --config my.conf               a job of your own
#   ./submit.sh --master yarn -- score ...           what stands before -- are options of spark-submit
#
# With SPARK_HOME set, that Spark runs the job, under its own configuration, with the jar that is built for its
# version. Without, the Spark that Maven resolves for the build does (target/spark), under the configuration in
# conf/.
#
# Written for bash 3.2 and POSIX tools, because that is what a Mac has: an array that may be empty is
# expanded as ${a[@]+"${a[@]}"}, which set -u would otherwise refuse there.

set -u
# with CDPATH set, cd may go elsewhere, and prints where it went
unset CDPATH

main_class=io.sparkrnn.job.SparkRnn
exit_failed=1
exit_usage=2

say() {
  printf '%s\n' "$*" >&2
}

die() {
  local code=$1
  shift
  say "submit.sh: $*"
  exit "$code"
}

# The project's folder, also when this script is called through a symbolic link.
script=${BASH_SOURCE[0]}
while [ -L "$script" ]; do
  link=$(readlink "$script")
  case $link in
    /*) script=$link ;;
    *) script=$(dirname "$script")/$link ;;
  esac
done
home=$(cd -P "$(dirname "$script")" && pwd) || exit "$exit_failed"

# ---- the command line: SPARK-SUBMIT OPTIONS -- COMMAND OPTIONS ----

spark_options=()
application=()
split=false
for argument; do
  if [ "$split" = false ] && [ "$argument" = -- ]; then
    split=true
    spark_options=(${application[@]+"${application[@]}"})
    application=()
  else
    application+=("$argument")
  fi
done
if [ "${#application[@]}" -eq 0 ]; then
  application=(score --config "$home/conf/score.conf")
fi
if [ "${#spark_options[@]}" -gt 0 ]; then
  case ${spark_options[0]} in
    -*) ;;
    # spark-submit would take it for the jar to run, and say nothing that helps
    *) die "$exit_usage" "'${spark_options[0]}' stands before '--', where the options of spark-submit are, and is" \
      "none of them. The order is: ./submit.sh [SPARK-SUBMIT OPTIONS --] [COMMAND] [OPTIONS]" ;;
  esac
fi

# ---- which Spark ----

# What the build is for when no profile says otherwise, see pom.xml.
usual_spark=4.1
usual_scala=2.13
supported='spark-rnn runs on Spark 3.5 (Scala 2.12 or 2.13), 4.0, 4.1 and 4.2 (Scala 2.13)'

embedded_home=$home/target/spark
spark_submit=
if [ -z "${SPARK_HOME:-}" ]; then
  spark_home=$embedded_home
  conf_dir=${SPARK_CONF_DIR:-$home/conf}
else
  spark_home=$SPARK_HOME
  conf_dir=${SPARK_CONF_DIR:-$SPARK_HOME/conf}
  if [ -f "$SPARK_HOME/bin/spark-submit" ]; then
    spark_submit=$SPARK_HOME/bin/spark-submit
  elif [ -d "$SPARK_HOME/jars" ] && [ -f "$SPARK_HOME/RELEASE" ]; then
    # Spark's jars without its scripts, as Maven brings them: launched as the embedded Spark is
    spark_home=$(cd "$SPARK_HOME" && pwd) || exit "$exit_failed"
    if [ ! -d "$conf_dir" ]; then
      conf_dir=$home/conf
    fi
  else
    die "$exit_usage" "SPARK_HOME is '$SPARK_HOME', where there is no bin/spark-submit. Set SPARK_HOME to the folder" \
      "of a Spark distribution, or unset it to run on the Spark that comes with the build. $supported."
  fi
fi

# Sets spark and scala: the first two numbers of the versions.
find_versions() {
  local core answer
  if [ "$spark_home" = "$embedded_home" ]; then
    spark=$usual_spark
    scala=$usual_scala
    return
  fi
  # spark-core_2.13-4.1.3.jar says both; a platform may add to the name (-amzn-0)
  for core in "$spark_home"/jars/spark-core_*.jar; do
    [ -f "$core" ] || continue
    core=${core##*/spark-core_}
    scala=${core%%-*}
    spark=${core#*-}
  done
  if [ -z "$spark" ] && [ -n "$spark_submit" ]; then
    # its jars are elsewhere: then Spark says it itself
    answer=$("$spark_submit" --version 2>&1 </dev/null)
    spark=$(printf '%s\n' "$answer" | sed -n 's/.* version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
    scala=$(printf '%s\n' "$answer" | sed -n 's/.*Scala version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
  fi
  [ -n "$spark" ] && [ -n "$scala" ] || die "$exit_usage" "cannot tell which Spark is in '$spark_home': there is no" \
    "jars/spark-core_SCALA-VERSION.jar. $supported."
  spark=$(printf '%s' "$spark" | sed 's/^\([0-9]*\.[0-9]*\).*/\1/')
  scala=$(printf '%s' "$scala" | sed 's/^\([0-9]*\.[0-9]*\).*/\1/')
}

spark=
scala=
find_versions

# profile: what Maven is told; target: where it builds; newest_java: the newest that this Spark runs on
case $spark/$scala in
  3.5/2.12) profile=-Pspark-3.5,scala-2.12 newest_java=21 ;;
  3.5/2.13) profile=-Pspark-3.5 newest_java=21 ;;
  4.0/2.13) profile=-Pspark-4.0 newest_java=21 ;;
  4.1/2.13) profile='' newest_java=21 ;;
  4.2/2.13) profile=-Pspark-4.2 newest_java=25 ;;
  *) die "$exit_usage" "the Spark in '$spark_home' is Spark $spark with Scala $scala, and $supported. Set SPARK_HOME" \
    "to one of these, or unset it to run on the Spark that comes with the build." ;;
esac
target=$home/target
if [ -n "$profile" ]; then
  target=$home/target/spark-${spark}_$scala
fi

# What bin/spark-submit does by itself for a distribution.
if [ -z "$spark_submit" ] && [ -f "$conf_dir/spark-env.sh" ]; then
  set +u -a
  . "$conf_dir/spark-env.sh"
  set -u +a
fi

# ---- Java ----

java_advice='Install a JDK, version 17 or newer, and set JAVA_HOME to its folder (or put its bin folder on PATH).'

find_java() {
  if [ -n "${JAVA_HOME:-}" ]; then
    java=$JAVA_HOME/bin/java
    [ -x "$java" ] || die "$exit_failed" "JAVA_HOME is '$JAVA_HOME', where there is no bin/java. $java_advice"
  else
    java=$(command -v java) || die "$exit_failed" "there is no java on PATH, and JAVA_HOME is not set. $java_advice"
  fi
}

check_java_version() {
  local output version major
  # the answer may come after lines of the JVM about JAVA_TOOL_OPTIONS
  output=$("$java" -version 2>&1 </dev/null)
  version=$(printf '%s\n' "$output" | sed -n 's/.* version "\([^"]*\)".*/\1/p' | head -n 1)
  major=${version%%[!0-9]*}
  java_version=$(printf '%s\n' "$output" | grep -v '^Picked up')
  # a Mac without Java has a java that only says so
  [ -n "$major" ] || die "$exit_failed" "'$java -version' names no version, it says: $output" "$java_advice"
  # up to Java 8 the versions read 1.8.0
  [ "$major" -ge 17 ] || die "$exit_failed" "$java is Java $version, and spark-rnn needs Java 17 or newer. $java_advice"
  [ "$major" -le "$newest_java" ] || die "$exit_failed" "$java is Java $version, which is too new for Spark $spark: the" \
    "newest Java that it is known to run on is $newest_java. Set JAVA_HOME to the folder of a JDK 17 or 21, or" \
    "SPARK_HOME to a Spark that runs on Java $major."
}

# The spark-env.sh of a distribution may name a Java of its own, which only spark-submit will know of.
if [ -z "$spark_submit" ] || [ ! -f "$conf_dir/spark-env.sh" ]; then
  find_java
  check_java_version
fi

# ---- the jar ----

lock=$home/target/.submit-lock
# Made when a build begins and taken away when it succeeded: while it is there, the jars may be half made.
stamp=$target/.submit-building

# The newest, because the jar of an earlier version may still lie beside it.
find_jar() {
  local candidate
  jar=
  for candidate in "$target/spark-rnn-spark-${spark}_$scala"-*.jar; do
    case $candidate in
      *-sources.jar | *-javadoc.jar | *-tests.jar) continue ;;
    esac
    if [ -f "$candidate" ] && { [ -z "$jar" ] || [ "$candidate" -nt "$jar" ]; }; then
      jar=$candidate
    fi
  done
}

# Folders count as well as files: removing a source changes nothing but its folder.
build_is_due() {
  find_jar
  [ -z "$jar" ] || [ -e "$stamp" ] || { [ "$spark_home" = "$embedded_home" ] && [ ! -d "$embedded_home/jars" ]; } ||
    [ -n "$(find "$home/pom.xml" "$home/src/main" "$home/.mvn" -newer "$jar" 2>/dev/null | head -n 1)" ]
}

# Two runs at once must not build into the same folder; a lock whose process is gone is nobody's.
take_lock() {
  local owner told=false tries=0
  until (set -o noclobber && echo "$$" >"$lock") 2>/dev/null; do
    owner=$(cat "$lock" 2>/dev/null)
    if [ -n "$owner" ] && kill -0 "$owner" 2>/dev/null; then
      if [ "$told" = false ]; then
        say "Waiting for the build of another run (process $owner) ..."
        told=true
      fi
      tries=0
    else
      rm -f "$lock"
      tries=$((tries + 1))
      [ "$tries" -lt 5 ] || die "$exit_failed" "cannot write '$lock'. Is the folder writable?"
    fi
    sleep 1
  done
  trap 'rm -f "$lock"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

drop_lock() {
  rm -f "$lock"
  trap - EXIT HUP INT TERM
}

check_build_tools() {
  command -v mvn >/dev/null || die "$exit_failed" "spark-rnn must be built first, and there is no mvn on PATH." \
    "Install Apache Maven, version 3.8 or newer (https://maven.apache.org/install.html)."
  if [ -n "${JAVA_HOME:-}" ]; then
    [ -x "$JAVA_HOME/bin/javac" ] || die "$exit_failed" "spark-rnn must be built first, and JAVA_HOME, '$JAVA_HOME'," \
      "has no bin/javac: it is a Java to run with, not to build with. $java_advice"
  else
    command -v javac >/dev/null || die "$exit_failed" "spark-rnn must be built first, and there is no javac on PATH:" \
      "the java there is one to run with, not to build with. $java_advice"
  fi
}

build() {
  local code options=(-B -q)
  check_build_tools
  mkdir -p "$target" || exit "$exit_failed"
  take_lock
  if build_is_due; then # not if the run we waited for has done it
    say "Building spark-rnn for Spark $spark, Scala $scala (first run: Maven fetches Spark, some minutes) ..."
    if [ -n "$profile" ]; then
      options+=("$profile")
    fi
    if [ "$spark_home" != "$embedded_home" ]; then
      options+=(-Dembedded.spark.skip=true) # no copy of a Spark that is there already
    fi
    : >"$stamp" || exit "$exit_failed"
    if [ "$spark_home" = "$embedded_home" ] && [ -n "$jar" ] && [ "$home/pom.xml" -nt "$jar" ]; then
      # Maven adds jars and removes none: of two versions of Spark in one folder, neither works
      rm -rf "$embedded_home/jars"
    fi
    # stdout belongs to the job and so does stdin; in the project's folder, where Maven looks for .mvn
    (cd "$home" && exec mvn "${options[@]}" package -Dmaven.test.skip=true) </dev/null >&2
    code=$?
    [ "$code" -eq 0 ] || die "$code" "the build failed (mvn ${options[*]} package -Dmaven.test.skip=true in '$home')."
    find_jar
    [ -n "$jar" ] || die "$exit_failed" "the build left no spark-rnn-spark-${spark}_$scala-*.jar in '$target'."
    # as old as the beginning of the build, so that a source saved meanwhile counts as newer
    touch -r "$stamp" "$jar"
    rm -f "$stamp"
  fi
  drop_lock
}

if build_is_due; then
  build
fi

# ---- what the job's JVM is told ----

# conf/score.conf names the sample by it, so that it is found from any working directory
export SPARK_RNN_HOME=$home

# Whether the user has said somewhere how to log: then that holds.
logging_is_configured() {
  local file
  for file in "$conf_dir"/log4j2*.properties "$conf_dir"/log4j2*.xml "$conf_dir"/log4j2*.y*ml "$conf_dir"/log4j2*.js*n; do
    [ ! -f "$file" ] || return 0
  done
  case "${SPARK_SUBMIT_OPTS:-} ${spark_options[*]-}" in
    *log4j.configurationFile* | *log4j2.configurationFile*) return 0 ;;
  esac
  [ -f "$conf_dir/spark-defaults.conf" ] && grep -q 'log4j2\{0,1\}\.configurationFile' "$conf_dir/spark-defaults.conf"
}

if ! logging_is_configured; then
  # Spark splits this variable as a shell would, hence the quotes around a path that may hold spaces
  quoted=$(printf '%s' "$home/conf/log4j2.properties" | sed 's/[\\"]/\\&/g')
  export SPARK_SUBMIT_OPTS="${SPARK_SUBMIT_OPTS:+$SPARK_SUBMIT_OPTS }\"-Dlog4j2.configurationFile=$quoted\""
fi

# The value of one of Spark's settings as spark-submit will find it: the command line, or the file of defaults.
setting() {
  local key=$1 previous='' argument found='' file=$conf_dir/spark-defaults.conf
  for argument in ${spark_options[@]+"${spark_options[@]}"}; do
    case $argument in
      --conf="$key"=*) found=${argument#*=*=} ;;
      --properties-file=*) file=${argument#*=} ;;
    esac
    case $previous in
      --conf | -c) case $argument in "$key"=*) found=${argument#*=} ;; esac ;;
      --properties-file) file=$argument ;;
    esac
    previous=$argument
  done
  if [ -z "$found" ] && [ -f "$file" ]; then
    # of a key that stands there twice the last holds, as with Java's properties
    found=$(sed -n "s/^[[:space:]]*${key//./\\.}[[:space:]:=]\{1,\}\(.*[^[:space:]]\)[[:space:]]*\$/\1/p" "$file" |
      tail -n 1)
  fi
  printf '%s\n' "$found"
}

# Options for the JVMs of the driver and of executors. They go in front of those that an administrator may have set for all
# jobs; those of the user, spark.*.extraJavaOptions, stay as they are, come last, and win.
default_options() {
  local key=spark.$1.defaultJavaOptions value
  value=$(setting "$key")
  spark_options+=(--conf "$key=$2${value:+ $value}")
}

# Half the processor time of a short job is the JVM's: it compiles what of Spark's code is called more than once. So C2, the
# slow and thorough one of its compilers, comes four times later than usual, but for our own loops and the vectors they
# are made of.
later='-XX:Tier4InvocationThreshold=20000 -XX:Tier4MinInvocationThreshold=2400 -XX:Tier4CompileThreshold=60000'
later="$later -XX:Tier4BackEdgeThreshold=160000 -XX:CompileCommand=quiet"
for ours in 'io.sparkrnn.*::*' 'jdk.incubator.vector.*::*'; do
  later="$later -XX:CompileCommand=CompileThresholdScaling,$ours,0.25"
done

# Spark gives its JVMs Java's vector module from 4.0 on.
vectors=
if [ "$spark" = 3.5 ]; then
  vectors=--add-modules=jdk.incubator.vector
  default_options executor "$vectors"
fi
default_options driver "${vectors:+$vectors }$later"

if [ -n "$spark_submit" ]; then
  exec "$spark_submit" --class "$main_class" ${spark_options[@]+"${spark_options[@]}"} "$jar" "${application[@]}"
fi

# ---- Spark without its scripts ----

# The master as Spark will find it: its option wins over the setting, and that over the environment.
master() {
  local previous='' argument found=''
  for argument in ${spark_options[@]+"${spark_options[@]}"}; do
    case $argument in --master=*) found=${argument#*=} ;; esac
    case $previous in --master) found=$argument ;; esac
    previous=$argument
  done
  found=${found:-$(setting spark.master)}
  printf '%s\n' "${found:-${MASTER:-local[*]}}"
}

case $(master) in
  local* | spark://127.* | spark://localhost:*)
    # All on this machine: no name lookup, which fails on laptops that changed networks, and no port open to others
    if [ -z "${SPARK_LOCAL_IP:-}${SPARK_LOCAL_HOSTNAME:-}" ]; then
      export SPARK_LOCAL_IP=127.0.0.1
    fi
    ;;
esac

# conf/spark-defaults.conf asks for a progress bar, which is for a terminal: in a log each of its steps stays.
if [ ! -t 2 ] && [ "$conf_dir" = "$home/conf" ]; then
  case " ${spark_options[*]-}" in
    *spark.ui.showConsoleProgress*) ;;
    *) spark_options=(--conf spark.ui.showConsoleProgress=false ${spark_options[@]+"${spark_options[@]}"}) ;;
  esac
fi

export SPARK_HOME=$spark_home
export SPARK_CONF_DIR=$conf_dir
export SPARK_SCALA_VERSION=$scala
# Spark looks for its jars in jars/ only where this file says that it is not a source tree
if [ "$spark_home" = "$embedded_home" ] && [ ! -f "$spark_home/RELEASE" ]; then
  : >"$spark_home/RELEASE" || exit "$exit_failed"
fi

# Sets command to what Spark's launcher would run for these arguments of spark-submit. It prints an empty part, a line end, then the
# words, each ended by NUL; its exit code follows as one more, because that of a process substitution is lost. It lives
# for a moment only, so the JVM is told to start fast.
launch() {
  local word last code
  command=()
  while IFS= read -r -d '' word; do
    command+=("$word")
  done < <(
    "$java" -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$SPARK_HOME/jars/*" org.apache.spark.launcher.Main \
      org.apache.spark.deploy.SparkSubmit "$@"
    printf '%s\0' "$?"
  )
  last=$((${#command[@]} - 1))
  code=${command[$last]}
  if [ "$code" -ne 0 ]; then
    die "$code" "Spark's launcher failed (the Spark in '$SPARK_HOME', java '$java')."
  fi
  command=("${command[1]#?}" "${command[@]:2:$((last - 2))}")
}

# ---- a fast start ----
#
# What a short job costs is mostly not its own: a JVM reads, checks and links 15,000 classes of Spark's. A class-data
# archive (JEP 310, JEP 350) has them ready. It is made once, by a run over the sample, and used by every run whose jars
# and Java are the same. A JVM takes an archive only for classes of its own class path, and only where no folder stands
# before their jars; so with a local master our jar is on that path, and the configuration's folder stands behind the
# jars. With SPARK_RNN_ARCHIVE=no there is none: 25 seconds and 170 MB are not worth it to who runs one job.

# Sets archive: its name tells jars and Java apart.
name_archive() {
  local sum
  sum=$({
    printf '%s\n' "$java_version" "$jar"
    # sizes and dates, which have to look the same to a scheduler as in a terminal
    LC_ALL=C TZ=UTC0 ls -lL "$jar" "$SPARK_HOME/jars"
  } 2>/dev/null | cksum) || return 1
  archive=$target/classes-${sum%% *}.jsa
}

# Makes command one whose JVM starts fast. Fails where its class path is not what it usually is.
# $1: what to do with the archive: use or make
start_fast() {
  local path=${command[2]-} behind options
  # Spark 4.0 has this in front, a folder of whichever directory it is started in
  path=${path#'hive-jackson/*:'}
  case $path in "$SPARK_CONF_DIR/:"*"$SPARK_HOME/jars/*"*) ;; *) return 1 ;; esac
  path=${path#"$SPARK_CONF_DIR/:"}
  behind=${path##*"$SPARK_HOME/jars/*"}
  path=$jar:${path%"$behind"}
  options=()
  if [ "$1" = make ]; then
    options=("-XX:ArchiveClassesAtExit=$archive.new")
  else
    path=$path:$SPARK_CONF_DIR/$behind
    if [ -s "$archive" ]; then
      # what a JVM says of an archive that it does not take is of no use to anyone: it starts without
      options=("-XX:SharedArchiveFile=$archive" '-Xlog:cds*=off')
    fi
  fi
  command=("${command[0]}" -cp "$path" ${options[@]+"${options[@]}"} "${command[@]:3}")
}

# One run over the sample, whose classes are kept. Where that fails an empty archive says not to try again.
make_archive() {
  local old rehearsal=$target/.rehearsal log=$target/rehearsal.log
  take_lock
  if [ ! -f "$archive" ]; then # not if the run we waited for has made it
    say 'Making an archive of classes, with which runs start faster (once) ...'
    # the last but one is kept, for who runs two Javas in turn
    (cd "$target" && ls -t classes-*.jsa 2>/dev/null | tail -n +2 | while read -r old; do rm -f "$old"; done)
    if (
      export SPARK_CONF_DIR=$home/conf
      launch --master 'local[2]' --conf spark.ui.showConsoleProgress=false \
        --conf "spark.driver.defaultJavaOptions=${vectors:+$vectors }$later" --class "$main_class" spark-internal \
        score --config "$home/conf/score.conf" --output "$rehearsal"
      start_fast make || die "$exit_failed" "no archive goes with the class path '${command[2]-}'"
      exec "${command[@]}"
    ) </dev/null >"$log" 2>&1 && [ -s "$archive.new" ]; then
      mv -f "$archive.new" "$archive"
    else
      say "submit.sh: no archive could be made ($log tells why): runs start without"
      : >"$archive"
    fi
    rm -rf "$rehearsal" "$archive.new"
  fi
  drop_lock
}

resource=$jar
case $(master) in
  local | local\[*)
    if [ "${SPARK_RNN_ARCHIVE:-}" != no ] && name_archive; then
      resource=spark-internal
      case ${application[0]} in
        # a project that another user has built, and this one may not write to, has what that one made
        score | backfill) [ -f "$archive" ] || [ ! -w "$target" ] || make_archive ;;
      esac
    fi
    ;;
esac
launch --class "$main_class" ${spark_options[@]+"${spark_options[@]}"} "$resource" "${application[@]}"
if [ "$resource" = spark-internal ] && ! start_fast use; then
  launch --class "$main_class" ${spark_options[@]+"${spark_options[@]}"} "$jar" "${application[@]}"
fi
exec "${command[@]}"
