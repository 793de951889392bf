var Qn=Object.defineProperty;var Xn=Object.getOwnPropertyDescriptor;var m=(s,e,t,n)=>{for(var r=n>1?void 0:n?Xn(e,t):e,o=s.length-1,i;o>=0;o--)(i=s[o])&&(r=(n?i(e,t,r):i(r))||r);return n&&r&&Qn(e,t,r),r};var ue=globalThis,me=ue.ShadowRoot&&(ue.ShadyCSS===void 0||ue.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,De=Symbol(),ft=new WeakMap,ee=class{constructor(e,t,n){if(this._$cssResult$=!0,n!==De)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=e,this.t=t}get styleSheet(){let e=this.o,t=this.t;if(me&&e===void 0){let n=t!==void 0&&t.length===1;n&&(e=ft.get(t)),e===void 0&&((this.o=e=new CSSStyleSheet).replaceSync(this.cssText),n&&ft.set(t,e))}return e}toString(){return this.cssText}},gt=s=>new ee(typeof s=="string"?s:s+"",void 0,De),w=(s,...e)=>{let t=s.length===1?s[0]:e.reduce((n,r,o)=>n+(i=>{if(i._$cssResult$===!0)return i.cssText;if(typeof i=="number")return i;throw Error("Value passed to 'css' function must be a 'css' function result: "+i+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(r)+s[o+1],s[0]);return new ee(t,s,De)},vt=(s,e)=>{if(me)s.adoptedStyleSheets=e.map(t=>t instanceof CSSStyleSheet?t:t.styleSheet);else for(let t of e){let n=document.createElement("style"),r=ue.litNonce;r!==void 0&&n.setAttribute("nonce",r),n.textContent=t.cssText,s.appendChild(n)}},Ie=me?s=>s:s=>s instanceof CSSStyleSheet?(e=>{let t="";for(let n of e.cssRules)t+=n.cssText;return gt(t)})(s):s;var{is:es,defineProperty:ts,getOwnPropertyDescriptor:ns,getOwnPropertyNames:ss,getOwnPropertySymbols:rs,getPrototypeOf:os}=Object,fe=globalThis,yt=fe.trustedTypes,is=yt?yt.emptyScript:"",as=fe.reactiveElementPolyfillSupport,te=(s,e)=>s,ne={toAttribute(s,e){switch(e){case Boolean:s=s?is:null;break;case Object:case Array:s=s==null?s:JSON.stringify(s)}return s},fromAttribute(s,e){let t=s;switch(e){case Boolean:t=s!==null;break;case Number:t=s===null?null:Number(s);break;case Object:case Array:try{t=JSON.parse(s)}catch{t=null}}return t}},ge=(s,e)=>!es(s,e),_t={attribute:!0,type:String,converter:ne,reflect:!1,useDefault:!1,hasChanged:ge};Symbol.metadata??=Symbol("metadata"),fe.litPropertyMetadata??=new WeakMap;var L=class extends HTMLElement{static addInitializer(e){this._$Ei(),(this.l??=[]).push(e)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(e,t=_t){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(e)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(e,t),!t.noAccessor){let n=Symbol(),r=this.getPropertyDescriptor(e,n,t);r!==void 0&&ts(this.prototype,e,r)}}static getPropertyDescriptor(e,t,n){let{get:r,set:o}=ns(this.prototype,e)??{get(){return this[t]},set(i){this[t]=i}};return{get:r,set(i){let d=r?.call(this);o?.call(this,i),this.requestUpdate(e,d,n)},configurable:!0,enumerable:!0}}static getPropertyOptions(e){return this.elementProperties.get(e)??_t}static _$Ei(){if(this.hasOwnProperty(te("elementProperties")))return;let e=os(this);e.finalize(),e.l!==void 0&&(this.l=[...e.l]),this.elementProperties=new Map(e.elementProperties)}static finalize(){if(this.hasOwnProperty(te("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(te("properties"))){let t=this.properties,n=[...ss(t),...rs(t)];for(let r of n)this.createProperty(r,t[r])}let e=this[Symbol.metadata];if(e!==null){let t=litPropertyMetadata.get(e);if(t!==void 0)for(let[n,r]of t)this.elementProperties.set(n,r)}this._$Eh=new Map;for(let[t,n]of this.elementProperties){let r=this._$Eu(t,n);r!==void 0&&this._$Eh.set(r,t)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(e){let t=[];if(Array.isArray(e)){let n=new Set(e.flat(1/0).reverse());for(let r of n)t.unshift(Ie(r))}else e!==void 0&&t.push(Ie(e));return t}static _$Eu(e,t){let n=t.attribute;return n===!1?void 0:typeof n=="string"?n:typeof e=="string"?e.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(e=>e(this))}addController(e){(this._$EO??=new Set).add(e),this.renderRoot!==void 0&&this.isConnected&&e.hostConnected?.()}removeController(e){this._$EO?.delete(e)}_$E_(){let e=new Map,t=this.constructor.elementProperties;for(let n of t.keys())this.hasOwnProperty(n)&&(e.set(n,this[n]),delete this[n]);e.size>0&&(this._$Ep=e)}createRenderRoot(){let e=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return vt(e,this.constructor.elementStyles),e}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(e=>e.hostConnected?.())}enableUpdating(e){}disconnectedCallback(){this._$EO?.forEach(e=>e.hostDisconnected?.())}attributeChangedCallback(e,t,n){this._$AK(e,n)}_$ET(e,t){let n=this.constructor.elementProperties.get(e),r=this.constructor._$Eu(e,n);if(r!==void 0&&n.reflect===!0){let o=(n.converter?.toAttribute!==void 0?n.converter:ne).toAttribute(t,n.type);this._$Em=e,o==null?this.removeAttribute(r):this.setAttribute(r,o),this._$Em=null}}_$AK(e,t){let n=this.constructor,r=n._$Eh.get(e);if(r!==void 0&&this._$Em!==r){let o=n.getPropertyOptions(r),i=typeof o.converter=="function"?{fromAttribute:o.converter}:o.converter?.fromAttribute!==void 0?o.converter:ne;this._$Em=r;let d=i.fromAttribute(t,o.type);this[r]=d??this._$Ej?.get(r)??d,this._$Em=null}}requestUpdate(e,t,n,r=!1,o){if(e!==void 0){let i=this.constructor;if(r===!1&&(o=this[e]),n??=i.getPropertyOptions(e),!((n.hasChanged??ge)(o,t)||n.useDefault&&n.reflect&&o===this._$Ej?.get(e)&&!this.hasAttribute(i._$Eu(e,n))))return;this.C(e,t,n)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(e,t,{useDefault:n,reflect:r,wrapped:o},i){n&&!(this._$Ej??=new Map).has(e)&&(this._$Ej.set(e,i??t??this[e]),o!==!0||i!==void 0)||(this._$AL.has(e)||(this.hasUpdated||n||(t=void 0),this._$AL.set(e,t)),r===!0&&this._$Em!==e&&(this._$Eq??=new Set).add(e))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(t){Promise.reject(t)}let e=this.scheduleUpdate();return e!=null&&await e,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[r,o]of this._$Ep)this[r]=o;this._$Ep=void 0}let n=this.constructor.elementProperties;if(n.size>0)for(let[r,o]of n){let{wrapped:i}=o,d=this[r];i!==!0||this._$AL.has(r)||d===void 0||this.C(r,void 0,o,d)}}let e=!1,t=this._$AL;try{e=this.shouldUpdate(t),e?(this.willUpdate(t),this._$EO?.forEach(n=>n.hostUpdate?.()),this.update(t)):this._$EM()}catch(n){throw e=!1,this._$EM(),n}e&&this._$AE(t)}willUpdate(e){}_$AE(e){this._$EO?.forEach(t=>t.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(e)),this.updated(e)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(e){return!0}update(e){this._$Eq&&=this._$Eq.forEach(t=>this._$ET(t,this[t])),this._$EM()}updated(e){}firstUpdated(e){}};L.elementStyles=[],L.shadowRootOptions={mode:"open"},L[te("elementProperties")]=new Map,L[te("finalized")]=new Map,as?.({ReactiveElement:L}),(fe.reactiveElementVersions??=[]).push("2.1.2");var ze=globalThis,bt=s=>s,ve=ze.trustedTypes,wt=ve?ve.createPolicy("lit-html",{createHTML:s=>s}):void 0,Ue="$lit$",M=`lit$${Math.random().toFixed(9).slice(2)}$`,We="?"+M,ds=`<${We}>`,V=document,re=()=>V.createComment(""),oe=s=>s===null||typeof s!="object"&&typeof s!="function",Be=Array.isArray,kt=s=>Be(s)||typeof s?.[Symbol.iterator]=="function",Ve=`[ 	
\f\r]`,se=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,xt=/-->/g,At=/>/g,D=RegExp(`>|${Ve}(?:([^\\s"'>=/]+)(${Ve}*=${Ve}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),$t=/'/g,Ct=/"/g,Tt=/^(?:script|style|textarea|title)$/i,Fe=s=>(e,...t)=>({_$litType$:s,strings:e,values:t}),c=Fe(1),pr=Fe(2),hr=Fe(3),C=Symbol.for("lit-noChange"),p=Symbol.for("lit-nothing"),St=new WeakMap,I=V.createTreeWalker(V,129);function Et(s,e){if(!Be(s)||!s.hasOwnProperty("raw"))throw Error("invalid template strings array");return wt!==void 0?wt.createHTML(e):e}var Ht=(s,e)=>{let t=s.length-1,n=[],r,o=e===2?"<svg>":e===3?"<math>":"",i=se;for(let d=0;d<t;d++){let a=s[d],l,u,h=-1,_=0;for(;_<a.length&&(i.lastIndex=_,u=i.exec(a),u!==null);)_=i.lastIndex,i===se?u[1]==="!--"?i=xt:u[1]!==void 0?i=At:u[2]!==void 0?(Tt.test(u[2])&&(r=RegExp("</"+u[2],"g")),i=D):u[3]!==void 0&&(i=D):i===D?u[0]===">"?(i=r??se,h=-1):u[1]===void 0?h=-2:(h=i.lastIndex-u[2].length,l=u[1],i=u[3]===void 0?D:u[3]==='"'?Ct:$t):i===Ct||i===$t?i=D:i===xt||i===At?i=se:(i=D,r=void 0);let f=i===D&&s[d+1].startsWith("/>")?" ":"";o+=i===se?a+ds:h>=0?(n.push(l),a.slice(0,h)+Ue+a.slice(h)+M+f):a+M+(h===-2?d:f)}return[Et(s,o+(s[t]||"<?>")+(e===2?"</svg>":e===3?"</math>":"")),n]},ie=class s{constructor({strings:e,_$litType$:t},n){let r;this.parts=[];let o=0,i=0,d=e.length-1,a=this.parts,[l,u]=Ht(e,t);if(this.el=s.createElement(l,n),I.currentNode=this.el.content,t===2||t===3){let h=this.el.content.firstChild;h.replaceWith(...h.childNodes)}for(;(r=I.nextNode())!==null&&a.length<d;){if(r.nodeType===1){if(r.hasAttributes())for(let h of r.getAttributeNames())if(h.endsWith(Ue)){let _=u[i++],f=r.getAttribute(h).split(M),he=/([.?@])?(.*)/.exec(_);a.push({type:1,index:o,name:he[2],strings:f,ctor:he[1]==="."?_e:he[1]==="?"?be:he[1]==="@"?we:U}),r.removeAttribute(h)}else h.startsWith(M)&&(a.push({type:6,index:o}),r.removeAttribute(h));if(Tt.test(r.tagName)){let h=r.textContent.split(M),_=h.length-1;if(_>0){r.textContent=ve?ve.emptyScript:"";for(let f=0;f<_;f++)r.append(h[f],re()),I.nextNode(),a.push({type:2,index:++o});r.append(h[_],re())}}}else if(r.nodeType===8)if(r.data===We)a.push({type:2,index:o});else{let h=-1;for(;(h=r.data.indexOf(M,h+1))!==-1;)a.push({type:7,index:o}),h+=M.length-1}o++}}static createElement(e,t){let n=V.createElement("template");return n.innerHTML=e,n}};function z(s,e,t=s,n){if(e===C)return e;let r=n!==void 0?t._$Co?.[n]:t._$Cl,o=oe(e)?void 0:e._$litDirective$;return r?.constructor!==o&&(r?._$AO?.(!1),o===void 0?r=void 0:(r=new o(s),r._$AT(s,t,n)),n!==void 0?(t._$Co??=[])[n]=r:t._$Cl=r),r!==void 0&&(e=z(s,r._$AS(s,e.values),r,n)),e}var ye=class{constructor(e,t){this._$AV=[],this._$AN=void 0,this._$AD=e,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(e){let{el:{content:t},parts:n}=this._$AD,r=(e?.creationScope??V).importNode(t,!0);I.currentNode=r;let o=I.nextNode(),i=0,d=0,a=n[0];for(;a!==void 0;){if(i===a.index){let l;a.type===2?l=new G(o,o.nextSibling,this,e):a.type===1?l=new a.ctor(o,a.name,a.strings,this,e):a.type===6&&(l=new xe(o,this,e)),this._$AV.push(l),a=n[++d]}i!==a?.index&&(o=I.nextNode(),i++)}return I.currentNode=V,r}p(e){let t=0;for(let n of this._$AV)n!==void 0&&(n.strings!==void 0?(n._$AI(e,n,t),t+=n.strings.length-2):n._$AI(e[t])),t++}},G=class s{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(e,t,n,r){this.type=2,this._$AH=p,this._$AN=void 0,this._$AA=e,this._$AB=t,this._$AM=n,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let e=this._$AA.parentNode,t=this._$AM;return t!==void 0&&e?.nodeType===11&&(e=t.parentNode),e}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(e,t=this){e=z(this,e,t),oe(e)?e===p||e==null||e===""?(this._$AH!==p&&this._$AR(),this._$AH=p):e!==this._$AH&&e!==C&&this._(e):e._$litType$!==void 0?this.$(e):e.nodeType!==void 0?this.T(e):kt(e)?this.k(e):this._(e)}O(e){return this._$AA.parentNode.insertBefore(e,this._$AB)}T(e){this._$AH!==e&&(this._$AR(),this._$AH=this.O(e))}_(e){this._$AH!==p&&oe(this._$AH)?this._$AA.nextSibling.data=e:this.T(V.createTextNode(e)),this._$AH=e}$(e){let{values:t,_$litType$:n}=e,r=typeof n=="number"?this._$AC(e):(n.el===void 0&&(n.el=ie.createElement(Et(n.h,n.h[0]),this.options)),n);if(this._$AH?._$AD===r)this._$AH.p(t);else{let o=new ye(r,this),i=o.u(this.options);o.p(t),this.T(i),this._$AH=o}}_$AC(e){let t=St.get(e.strings);return t===void 0&&St.set(e.strings,t=new ie(e)),t}k(e){Be(this._$AH)||(this._$AH=[],this._$AR());let t=this._$AH,n,r=0;for(let o of e)r===t.length?t.push(n=new s(this.O(re()),this.O(re()),this,this.options)):n=t[r],n._$AI(o),r++;r<t.length&&(this._$AR(n&&n._$AB.nextSibling,r),t.length=r)}_$AR(e=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);e!==this._$AB;){let n=bt(e).nextSibling;bt(e).remove(),e=n}}setConnected(e){this._$AM===void 0&&(this._$Cv=e,this._$AP?.(e))}},U=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(e,t,n,r,o){this.type=1,this._$AH=p,this._$AN=void 0,this.element=e,this.name=t,this._$AM=r,this.options=o,n.length>2||n[0]!==""||n[1]!==""?(this._$AH=Array(n.length-1).fill(new String),this.strings=n):this._$AH=p}_$AI(e,t=this,n,r){let o=this.strings,i=!1;if(o===void 0)e=z(this,e,t,0),i=!oe(e)||e!==this._$AH&&e!==C,i&&(this._$AH=e);else{let d=e,a,l;for(e=o[0],a=0;a<o.length-1;a++)l=z(this,d[n+a],t,a),l===C&&(l=this._$AH[a]),i||=!oe(l)||l!==this._$AH[a],l===p?e=p:e!==p&&(e+=(l??"")+o[a+1]),this._$AH[a]=l}i&&!r&&this.j(e)}j(e){e===p?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,e??"")}},_e=class extends U{constructor(){super(...arguments),this.type=3}j(e){this.element[this.name]=e===p?void 0:e}},be=class extends U{constructor(){super(...arguments),this.type=4}j(e){this.element.toggleAttribute(this.name,!!e&&e!==p)}},we=class extends U{constructor(e,t,n,r,o){super(e,t,n,r,o),this.type=5}_$AI(e,t=this){if((e=z(this,e,t,0)??p)===C)return;let n=this._$AH,r=e===p&&n!==p||e.capture!==n.capture||e.once!==n.once||e.passive!==n.passive,o=e!==p&&(n===p||r);r&&this.element.removeEventListener(this.name,this,n),o&&this.element.addEventListener(this.name,this,e),this._$AH=e}handleEvent(e){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,e):this._$AH.handleEvent(e)}},xe=class{constructor(e,t,n){this.element=e,this.type=6,this._$AN=void 0,this._$AM=t,this.options=n}get _$AU(){return this._$AM._$AU}_$AI(e){z(this,e)}},Lt={M:Ue,P:M,A:We,C:1,L:Ht,R:ye,D:kt,V:z,I:G,H:U,N:be,U:we,B:_e,F:xe},ls=ze.litHtmlPolyfillSupport;ls?.(ie,G),(ze.litHtmlVersions??=[]).push("3.3.3");var Mt=(s,e,t)=>{let n=t?.renderBefore??e,r=n._$litPart$;if(r===void 0){let o=t?.renderBefore??null;n._$litPart$=r=new G(e.insertBefore(re(),o),o,void 0,t??{})}return r._$AI(s),r};var qe=globalThis,g=class extends L{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let e=super.createRenderRoot();return this.renderOptions.renderBefore??=e.firstChild,e}update(e){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(e),this._$Do=Mt(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return C}};g._$litElement$=!0,g.finalized=!0,qe.litElementHydrateSupport?.({LitElement:g});var cs=qe.litElementPolyfillSupport;cs?.({LitElement:g});(qe.litElementVersions??=[]).push("4.2.2");var ps={attribute:!0,type:String,converter:ne,reflect:!1,hasChanged:ge},hs=(s=ps,e,t)=>{let{kind:n,metadata:r}=t,o=globalThis.litPropertyMetadata.get(r);if(o===void 0&&globalThis.litPropertyMetadata.set(r,o=new Map),n==="setter"&&((s=Object.create(s)).wrapped=!0),o.set(t.name,s),n==="accessor"){let{name:i}=t;return{set(d){let a=e.get.call(this);e.set.call(this,d),this.requestUpdate(i,a,s,!0,d)},init(d){return d!==void 0&&this.C(i,void 0,s,d),d}}}if(n==="setter"){let{name:i}=t;return function(d){let a=this[i];e.call(this,d),this.requestUpdate(i,a,s,!0,d)}}throw Error("Unsupported decorator location: "+n)};function $(s){return(e,t)=>typeof t=="object"?hs(s,e,t):((n,r,o)=>{let i=r.hasOwnProperty(o);return r.constructor.createProperty(o,n),i?Object.getOwnPropertyDescriptor(r,o):void 0})(s,e,t)}function b(s){return $({...s,state:!0,attribute:!1})}var W=(s,e,t)=>(t.configurable=!0,t.enumerable=!0,Reflect.decorate&&typeof e!="object"&&Object.defineProperty(s,e,t),t);function R(s,e){return(t,n,r)=>{let o=i=>i.renderRoot?.querySelector(s)??null;if(e){let{get:i,set:d}=typeof n=="object"?t:r??(()=>{let a=Symbol();return{get(){return this[a]},set(l){this[a]=l}}})();return W(t,n,{get(){let a=i.call(this);return a===void 0&&(a=o(this),(a!==null||this.hasUpdated)&&d.call(this,a)),a}})}return W(t,n,{get(){return o(this)}})}}var B={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},Ot=s=>(...e)=>({_$litDirective$:s,values:e}),Ae=class{constructor(e){}get _$AU(){return this._$AM._$AU}_$AT(e,t,n){this._$Ct=e,this._$AM=t,this._$Ci=n}_$AS(e,t){return this.update(e,t)}update(e,t){return this.render(...t)}};var{I:eo}=Lt;var Rt=s=>s.strings===void 0;var us={},Pt=(s,e=us)=>s._$AH=e;var Nt=Ot(class extends Ae{constructor(s){if(super(s),s.type!==B.PROPERTY&&s.type!==B.ATTRIBUTE&&s.type!==B.BOOLEAN_ATTRIBUTE)throw Error("The `live` directive is not allowed on child or event bindings");if(!Rt(s))throw Error("`live` bindings can only contain a single expression")}render(s){return s}update(s,[e]){if(e===C||e===p)return e;let t=s.element,n=s.name;if(s.type===B.PROPERTY){if(e===t[n])return C}else if(s.type===B.BOOLEAN_ATTRIBUTE){if(!!e===t.hasAttribute(n))return C}else if(s.type===B.ATTRIBUTE&&t.getAttribute(n)===e+"")return C;return Pt(s),e}});var Dt={dashboard_name:"Game servers",dashboard_description:"Your game servers at a glance, with a page for each. Follows servers that come and go.",dashboard_away:"The panel {panel} cannot be reached",dashboard_node_offline:"The node {node} is offline",dashboard_crashed:"The server {server} has crashed",dashboard_more:"{count} more",dashboard_no_servers:"There are no game servers here yet. Add StellarStack, or a server to it, and this page fills by itself.",dashboard_gone:"This server is no longer in Home Assistant.",dashboard_other:"Other servers",dashboard_usage:"Usage",dashboard_history:"Last 24 hours",dashboard_backups:"Backups",dashboard_create_backup:"Create backup",dashboard_create_backup_ask:"Create a backup of {server} now?",dashboard_facts:"Details",dashboard_group_by:"Group by",dashboard_group_by_node:"Node",dashboard_group_by_panel:"Panel",dashboard_group_by_area:"Area",dashboard_group_by_label:"Label",dashboard_servers:"Servers",dashboard_servers_help:"Leave empty for all of them.",dashboard_size:"Size of the cards",dashboard_size_auto:"Compact for more than 12 servers",dashboard_size_compact:"Compact",dashboard_size_full:"Full",dashboard_bad_option:"The option {option} of this dashboard is not valid.",card_server_name:"StellarStack server",card_server_description:"A game server with its status, what it uses, and buttons to start and stop it.",card_console_name:"StellarStack console",card_console_description:"The live console of a game server, with a line for commands.",card_device_id:"Server",card_compact:"Compact",card_times:"Show times",card_start:"Start",card_restart:"Restart",card_stop:"Stop",card_kill:"Kill",card_start_title:"Start {server}?",card_restart_title:"Restart {server}?",card_stop_title:"Stop {server}?",card_kill_title:"Kill {server}?",card_kill_text:"The server gets no time to save: what is not saved is lost.",card_players_text:"Players on the server now: {count}.",card_cancel:"Cancel",card_menu:"More for {server}",card_copy_address:"Copy address",card_copied:"Copied",card_open_panel:"Open on the panel",card_cpu:"CPU",card_memory:"Memory",card_players:"Players",card_players_count:"Players: {count}",card_node_offline:"Node offline",card_no_device:"Choose a server.",card_device_gone:"This server is no longer in Home Assistant.",console_label:"Console of {server}",console_search:"Search",console_found:"Lines found",console_none_found:"No line contains this.",console_pause:"Pause",console_follow:"Follow new lines",console_new:"New lines: {count}",console_copy:"Copy lines",console_command:"Command",console_send:"Send",console_confirm_title:"Send this to {server}?",console_confirm_text:"This command may stop the server: {command}",console_empty:"No lines yet.",live_connecting:"Connecting to the node",live_stopped:"The server is stopped.",live_no_access:"The account on the panel has no right to live data of this server.",live_unreachable:"The server's node cannot be reached.",live_off:"The panel is not loaded, or its session gives no live data.",live_unauthorized:"You need the right to control this server.",live_not_found:"This server is not loaded in Home Assistant.",live_failed:"There is no live data at the moment.",card_no_status:"Status sensor is disabled"};var y="stellarstack";function Ge(s){return s.identifiers.find(([e])=>e===y)?.[1]}function je(s){let e=Ge(s);return e!==void 0&&!s.config_entries.includes(e)}function fs(s){let e=Ge(s);return e!==void 0&&s.config_entries.includes(e)}function x(s){return s.name_by_user||s.name||s.id}function F(s,e){let t=e===void 0?void 0:s.devices[e];return t&&je(t)?t:void 0}function j(s){return Ut(s).filter(je)}function zt(s){return Ut(s).filter(fs)}var It=new WeakMap;function Ut({devices:s,locale:{language:e}}){let t=It.get(s);if(t?.language!==e){let n=new Intl.Collator(e,{numeric:!0}),r=Object.values(s).filter(o=>!o.disabled_by&&Ge(o)!==void 0);r.sort((o,i)=>n.compare(x(o),x(i))||(o.id<i.id?-1:1)),t={language:e,devices:r},It.set(s,t)}return t.devices}var Vt=new WeakMap;function Ye(s){let e=Vt.get(s);if(!e){let t=new Map;for(let n of Object.values(s)){if(n.platform!==y||!n.device_id||!n.translation_key)continue;let r=t.get(n.device_id);r||(r=new Map,t.set(n.device_id,r)),r.set(n.translation_key,n.entity_id)}e=t,Vt.set(s,e)}return e}function T(s,e,t){return Ye(s.entities).get(e)?.get(t)}function O(s,e,t){let n=T(s,e,t);return n===void 0?void 0:s.states[n]}function $e(s,e){let t=s.entities[e],n=t?.platform===y&&t.device_id?s.devices[t.device_id]:void 0;return n&&je(n)?n:void 0}var gs=`component.${y}.common.`,Wt=new Map,Ke=new Map;function A(s){let e=Wt.get(s);return(t,n={})=>(e?.[gs+t]??Dt[t]).replace(/\{(\w+)\}/g,(r,o)=>String(n[o]??r))}function H(s){let{language:e}=s,t=Ke.get(e);return t||(t=s.callWS({type:"frontend/get_translations",language:e,category:"common",integration:[y]}).then(({resources:n})=>{Wt.set(e,n)},()=>{Ke.delete(e)}),Ke.set(e,t)),t}var S=class{constructor(e){this.host=e;this.#e="en";this.get=(e,t)=>A(this.#e)(e,t);e.addController(this)}#e;hostUpdate(){let{hass:e}=this.host;e&&e.language!==this.#e&&(this.#e=e.language,H(e).then(()=>this.host.requestUpdate()))}};function v(s,e){customElements.get(s)||customElements.define(s,e)}function Ce(s,e){window.customCards??=[],Ft(window.customCards,{type:s,...e(A("en"))},e)}function Bt(s,e){window.customStrategies??=[],Ft(window.customStrategies,{type:s,...e(A("en"))},e)}function Ft(s,e,t){if(s.some(({type:r})=>r===e.type))return;s.push(e);let n=document.querySelector("home-assistant");if(n?.hass){let{language:r}=n.hass;H(n.hass).then(()=>Object.assign(e,t(A(r))))}}var qt=[2,5,15,60],Y=class{constructor(e,t,n,r){this.host=e;this.kind=t;this.deviceId=n;this.onEvent=r;e.addController(this)}#e=!1;#t;#n;#s;hostUpdate(){let e=this.host.hass?.connection,t=this.deviceId();e===this.#t&&t===this.#n||(this.#r(),e&&t&&this.#e&&(this.#t=e,this.#n=t,this.#s=this.#o(e,t)))}hostConnected(){this.#e=!0,this.host.requestUpdate()}hostDisconnected(){this.#e=!1,this.#r()}#r(){this.#s?.(),this.#s=this.#t=this.#n=this.state=this.error=void 0}#o(e,t){let n=0,r,o={},i=({unsubscribe:h})=>{h?.().catch(()=>{})},d=()=>{clearTimeout(r),i(o),o={}},a=h=>{this.error=h,this.state=void 0,this.host.requestUpdate();let _=qt[Math.min(n++,qt.length-1)]??60;r=setTimeout(u,_*1e3)},l=h=>{this.state=h,this.error=void 0,this.host.requestUpdate()},u=async()=>{clearTimeout(r);let h={};o=h,this.state=void 0;let _=f=>{h===o&&(n=0,"state"in f?f.state==="unauthorized"?(d(),a(f.state)):l(f.state):(l("live"),this.onEvent(f)))};try{let f={type:`${y}/subscribe_${this.kind}`,device_id:t};h.unsubscribe=await e.subscribeMessage(_,f,{resubscribe:!1})}catch(f){h===o&&a(jt(f));return}h!==o?i(h):l(this.state??"live")};return e.addEventListener("ready",u),u(),()=>{e.removeEventListener("ready",u),d()}}};async function Gt({connection:s},e){try{return await(await s.subscribeMessage(()=>{},{type:`${y}/subscribe_usage`,device_id:e}))(),!0}catch(t){return jt(t)!=="unauthorized"}}function jt(s){let e=typeof s=="object"&&s!==null&&"code"in s?s.code:void 0;return e==="not_found"||e==="unauthorized"?e:"failed"}var Se=w`
  :host {
    display: block;
    block-size: 100%;
  }
  ha-card {
    block-size: 100%;
    box-sizing: border-box;
    overflow: hidden;
  }
  ha-card:not(:defined) {
    display: block;
    border: 1px solid var(--divider-color, #e0e0e0);
    border-radius: var(--ha-card-border-radius, 12px);
    background: var(--ha-card-background, var(--card-background-color, #fff));
    color: var(--primary-text-color, #212121);
  }
  .message {
    margin: 0;
    padding: 16px;
    color: var(--secondary-text-color, #727272);
  }
`,P=w`
  .icon {
    inline-size: 20px;
    block-size: 20px;
    flex: none;
    fill: currentcolor;
  }
  button,
  a.item {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-block-size: 40px;
    box-sizing: border-box;
    margin: 0;
    padding: 0 16px;
    border: 0;
    border-radius: 20px;
    background: none;
    color: inherit;
    font: inherit;
    text-align: start;
    text-decoration: none;
    cursor: pointer;
  }
  button:hover:not(:disabled),
  a.item:hover {
    background: color-mix(in srgb, currentcolor 8%, transparent);
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  button.filled {
    background: color-mix(in srgb, var(--button-color, var(--primary-color, #03a9f4)) 16%, transparent);
    font-weight: 500;
  }
  button.filled:hover:not(:disabled) {
    background: color-mix(in srgb, var(--button-color, var(--primary-color, #03a9f4)) 26%, transparent);
  }
  button.bare {
    inline-size: 40px;
    flex: none;
    padding: 0;
    color: var(--secondary-text-color, #727272);
  }
  :focus-visible {
    outline: 2px solid var(--primary-color, #03a9f4);
    outline-offset: -2px;
  }
`;var ke=class extends g{static{this.styles=[P,w`
      dialog {
        box-sizing: border-box;
        inline-size: min(400px, calc(100vw - 32px));
        padding: 24px;
        border: 0;
        border-radius: var(--ha-dialog-border-radius, 24px);
        background: var(--ha-dialog-surface-background, var(--card-background-color, #fff));
        color: var(--primary-text-color, #212121);
        overflow-wrap: anywhere;
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 50%);
      }
      h2 {
        margin: 0;
        font-size: 1.25rem;
        font-weight: 500;
      }
      p {
        margin: 12px 0 0;
        color: var(--secondary-text-color, #727272);
      }
      p:empty {
        display: none;
      }
      form {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: 8px;
        margin-block-start: 24px;
      }
      .filled {
        --button-color: var(--error-color, #db4437);
      }
    `]}async ask(e){return this.question=e,await this.updateComplete,this.dialog.showModal(),new Promise(t=>{this.dialog.addEventListener("close",()=>t(this.dialog.returnValue==="confirm"),{once:!0})})}render(){return c`
      <dialog aria-labelledby="title" aria-describedby="text">
        <h2 id="title">${this.question?.title}</h2>
        <p id="text">${this.question?.text}</p>
        <form method="dialog">
          <button value="">${this.question?.cancel}</button>
          <button class="filled" value="confirm">${this.question?.confirm}</button>
        </form>
      </dialog>
    `}};m([R("dialog")],ke.prototype,"dialog",2);v("stellarstack-confirm",ke);async function Te(s,e){let t=document.createElement("stellarstack-confirm");s.renderRoot.append(t);try{return await t.ask(e)&&s.isConnected}finally{t.remove()}}function Ee(...s){return{schema:[{name:"device_id",required:!0,selector:{device:{filter:{integration:y},entity:{integration:y,domain:"sensor"}}}},...s],computeLabel:({name:e})=>A(document.documentElement.lang)(`card_${e}`),assertConfig:({device_id:e})=>{if(e!==void 0&&typeof e!="string")throw new Error("device_id is not a text")}}}var He="M8,5.14V19.14L19,12.14L8,5.14Z",Yt="M18,18H6V6H18V18Z",Kt="M12,4C14.1,4 16.1,4.8 17.6,6.3C20.7,9.4 20.7,14.5 17.6,17.6C15.8,19.5 13.3,20.2 10.9,19.9L11.4,17.9C13.1,18.1 14.9,17.5 16.2,16.2C18.5,13.9 18.5,10.1 16.2,7.7C15.1,6.6 13.5,6 12,6V10.6L7,5.6L12,0.6V4M6.3,17.6C3.7,15 3.3,11 5.1,7.9L6.6,9.4C5.5,11.6 5.9,14.4 7.8,16.2C8.3,16.7 8.9,17.1 9.6,17.4L9,19.4C8,19 7.1,18.4 6.3,17.6Z",Zt="M8,15A2,2 0 0,1 6,13A2,2 0 0,1 8,11A2,2 0 0,1 10,13A2,2 0 0,1 8,15M10.5,17L12,14L13.5,17H10.5M16,15A2,2 0 0,1 14,13A2,2 0 0,1 16,11A2,2 0 0,1 18,13A2,2 0 0,1 16,15M22,11A10,10 0 0,0 12,1A10,10 0 0,0 2,11C2,13.8 3.2,16.3 5,18.1V22H19V18.1C20.8,16.3 22,13.8 22,11M17,20H15V18H13V20H11V18H9V20H7V17.2C5.2,15.7 4,13.5 4,11A8,8 0 0,1 12,3A8,8 0 0,1 20,11C20,13.5 18.8,15.8 17,17.2V20Z",Jt="M12,16A2,2 0 0,1 14,18A2,2 0 0,1 12,20A2,2 0 0,1 10,18A2,2 0 0,1 12,16M12,10A2,2 0 0,1 14,12A2,2 0 0,1 12,14A2,2 0 0,1 10,12A2,2 0 0,1 12,10M12,4A2,2 0 0,1 14,6A2,2 0 0,1 12,8A2,2 0 0,1 10,6A2,2 0 0,1 12,4Z",ae="M19,21H8V7H19M19,5H8A2,2 0 0,0 6,7V21A2,2 0 0,0 8,23H19A2,2 0 0,0 21,21V7A2,2 0 0,0 19,5M16,1H4A2,2 0 0,0 2,3V17H4V3H16V1Z",Qt="M14,3V5H17.59L7.76,14.83L9.17,16.24L19,6.41V10H21V3M19,19H5V5H12V3H5C3.89,3 3,3.9 3,5V19A2,2 0 0,0 5,21H19A2,2 0 0,0 21,19V12H19V19Z",Xt="M16 17V19H2V17S2 13 9 13 16 17 16 17M12.5 7.5A3.5 3.5 0 1 0 9 11A3.5 3.5 0 0 0 12.5 7.5M15.94 13A5.32 5.32 0 0 1 18 17V19H22V17S22 13.37 15.94 13M15 4A3.39 3.39 0 0 0 13.07 4.59A5 5 0 0 1 13.07 10.41A3.39 3.39 0 0 0 15 11A3.5 3.5 0 0 0 15 4Z",en="M10,16.5V7.5L16,12M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2Z",tn="M12,20C7.59,20 4,16.41 4,12C4,7.59 7.59,4 12,4C16.41,4 20,7.59 20,12C20,16.41 16.41,20 12,20M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2M10,16.5L16,12L10,7.5V16.5Z",nn="M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2M9,9H15V15H9",sn="M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2M12,4C16.41,4 20,7.59 20,12C20,16.41 16.41,20 12,20C7.59,20 4,16.41 4,12C4,7.59 7.59,4 12,4M9,9V15H15V9",rn="M13,13H11V7H13M13,17H11V15H13M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2Z",on="M12 2C17.5 2 22 6.5 22 12C22 17.5 17.5 22 12 22C6.5 22 2 17.5 2 12C2 6.5 6.5 2 12 2M8 17H16V15H8V17M16 10H13.5V6H10.5V10H8L12 14L16 10Z",an="M22.7,19L13.6,9.9C14.5,7.6 14,4.9 12.1,3C10.1,1 7.1,0.6 4.7,1.7L9,6L6,9L1.6,4.7C0.4,7.1 0.9,10.1 2.9,12.1C4.8,14 7.5,14.5 9.8,13.6L18.9,22.7C19.3,23.1 19.9,23.1 20.3,22.7L22.6,20.4C23.1,20 23.1,19.3 22.7,19Z",dn="M12,3A9,9 0 0,0 3,12H0L4,16L8,12H5A7,7 0 0,1 12,5A7,7 0 0,1 19,12A7,7 0 0,1 12,19C10.5,19 9.09,18.5 7.94,17.7L6.5,19.14C8.04,20.3 9.94,21 12,21A9,9 0 0,0 21,12A9,9 0 0,0 12,3M14,12A2,2 0 0,0 12,10A2,2 0 0,0 10,12A2,2 0 0,0 12,14A2,2 0 0,0 14,12Z",ln="M12,17A2,2 0 0,0 14,15C14,13.89 13.1,13 12,13A2,2 0 0,0 10,15A2,2 0 0,0 12,17M18,8A2,2 0 0,1 20,10V20A2,2 0 0,1 18,22H6A2,2 0 0,1 4,20V10C4,8.89 4.9,8 6,8H7V6A5,5 0 0,1 12,1A5,5 0 0,1 17,6V8H18M12,3A3,3 0 0,0 9,6V8H15V6A3,3 0 0,0 12,3Z",Ze="M4,1C2.89,1 2,1.89 2,3V7C2,8.11 2.89,9 4,9H1V11H13V9H10C11.11,9 12,8.11 12,7V3C12,1.89 11.11,1 10,1H4M4,3H10V7H4V3M14,13C12.89,13 12,13.89 12,15V19C12,20.11 12.89,21 14,21H11V23H23V21H20C21.11,21 22,20.11 22,19V15C22,13.89 21.11,13 20,13H14M3.88,13.46L2.46,14.88L4.59,17L2.46,19.12L3.88,20.54L6,18.41L8.12,20.54L9.54,19.12L7.41,17L9.54,14.88L8.12,13.46L6,15.59L3.88,13.46M14,15H20V19H14V15Z",cn="M15.07,11.25L14.17,12.17C13.45,12.89 13,13.5 13,15H11V14.5C11,13.39 11.45,12.39 12.17,11.67L13.41,10.41C13.78,10.05 14,9.55 14,9C14,7.89 13.1,7 12,7A2,2 0 0,0 10,9H8A4,4 0 0,1 12,5A4,4 0 0,1 16,9C16,9.88 15.64,10.67 15.07,11.25M13,19H11V17H13M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12C22,6.47 17.5,2 12,2Z",pn="M14,19H18V5H14M6,19H10V5H6V19Z",hn="M12,20A8,8 0 0,0 20,12A8,8 0 0,0 12,4A8,8 0 0,0 4,12A8,8 0 0,0 12,20M12,2A10,10 0 0,1 22,12A10,10 0 0,1 12,22C6.47,22 2,17.5 2,12A10,10 0 0,1 12,2M12.5,7V12.25L17,14.92L16.25,16.15L11,13V7H12.5Z",un="M2,21L23,12L2,3V10L17,12L2,14V21Z",mn="M11,4H13V16L18.5,10.5L19.92,11.92L12,19.84L4.08,11.92L5.5,10.5L11,16V4Z";function k(s){return c`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${s}></path></svg>`}function de(s,e){return s.error?e(`live_${s.error}`):s.state===void 0||s.state==="live"?void 0:e(`live_${s.state}`)}function fn(s,e,t){s.dispatchEvent(new CustomEvent(e,{bubbles:!0,composed:!0,detail:t}))}function Le(s,e){fn(s,"hass-notification",{message:e})}function gn(s,e){fn(s,"hass-more-info",{entityId:e})}async function Me(s,e){if(navigator.clipboard&&isSecureContext){await navigator.clipboard.writeText(e);return}let t=document.createElement("textarea");t.value=e,t.style.position="fixed",(s.shadowRoot??document.body).append(t),t.select();try{document.execCommand("copy")}finally{t.remove()}}var vs=new Set(["doexit","end","exit","halt","quit","reboot","restart","server.stop","shutdown","stop","terminate"]);function vn(s){let[e=""]=s.trim().replace(/^[/.]/,"").toLowerCase().split(/\s/,1);return vs.has(e)}var Oe=class{constructor(){this._commands=[];this._place=0;this._draft=""}add(e){this._commands.at(-1)!==e&&this._commands.push(e),this._commands.length>100&&this._commands.shift(),this._place=this._commands.length,this._draft=""}previous(e){if(this._place===this._commands.length&&(this._draft=e),this._place!==0)return this._place-=1,this._commands[this._place]}next(){if(this._place!==this._commands.length)return this._place+=1,this._commands[this._place]??this._draft}};var ys=/\b(?:(ERROR|SEVERE|FATAL|CRITICAL|Error:|Exception:)|(WARN(?:ING)?|Warning:))(?!\w)/;function _s(s){let e=ys.exec(s.slice(0,120));if(e)return e[1]?"error":"warning"}function K(s){let e=0,t=s.findLastIndex(({text:n},r)=>(e+=n.length,e>2e6||s.length-r>1e4));return s.slice(t+1)}var Re=class{constructor(){this._lines=[];this._characters=0}get all(){return this._lines}append(e,t){let n=K(e.map(r=>({text:r,level:_s(r),arrived:t})));return this._lines.push(...n),this._characters+=yn(n),(this._lines.length>1e4*1.1||this._characters>2e6*1.1)&&(this._lines=K(this._lines),this._characters=yn(this._lines)),n}clear(){this._lines=[],this._characters=0}};function yn(s){return s.reduce((e,{text:t})=>e+t.length,0)}function Je(s){let e=s.trim().toLocaleLowerCase();return e?t=>t.text.toLocaleLowerCase().includes(e):()=>!0}var xs=100,As=2e4,Pe=class{constructor(e,t){this.element=e;this.formatTime=t;this.length=0;this.count=0;this.characters=0}append(e){let t,n="";for(let r of K(e)){r.arrived!==t&&(t=r.arrived,n=t===void 0?"":this.formatTime(t));let o=document.createElement("div");o.className=r.level?`line ${r.level}`:"line",n&&(o.dataset.time=n),o.textContent=r.text,this.blockFor(r).append(o),this.count+=1,this.characters+=r.text.length}for(;this.count>1e4||this.characters>2e6;){let r=this.element.firstElementChild;if(!r||r===this.block)break;this.count-=r.childElementCount,this.characters-=r.textContent.length,r.remove()}}blockFor({text:e}){return(!this.block||this.block.childElementCount>=xs||this.length>=As)&&(this.block=document.createElement("div"),this.block.className="block",this.element.append(this.block),this.length=0),this.length+=e.length,this.block}clear(){this.element.replaceChildren(),this.block=void 0,this.count=0,this.characters=0}};var _n=w`
  :host {
    --quiet-color: color-mix(in srgb, var(--secondary-text-color, #727272) 75%, var(--primary-text-color, #212121));
  }
  ha-card {
    display: flex;
    flex-direction: column;
    min-block-size: 240px;
  }
  :host(:not([layout="grid"])) ha-card {
    block-size: 480px;
  }
  :host([layout="panel"]) ha-card {
    block-size: calc(100dvh - var(--header-height, 56px));
  }

  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 8px;
    padding-block: 8px;
    padding-inline: 16px 8px;
  }
  .title {
    flex: 1 1 160px;
    min-inline-size: 0;
    padding-block: 4px;
    overflow: hidden;
    font-size: var(--ha-font-size-l, 16px);
    font-weight: 500;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .tools {
    display: flex;
    flex: 1 1 240px;
    align-items: center;
    justify-content: flex-end;
    min-inline-size: 0;
  }
  input {
    box-sizing: border-box;
    min-inline-size: 0;
    block-size: 40px;
    padding: 0 12px;
    border: 1px solid var(--input-outlined-idle-border-color, var(--divider-color, #8c8c8c));
    border-radius: 20px;
    background: none;
    color: inherit;
    font: inherit;
    /* Safari on phones zooms into smaller text. */
    font-size: 16px;
  }
  input::placeholder {
    color: var(--secondary-text-color, #727272);
    opacity: 1;
  }
  input[type="search"] {
    flex: 1;
    max-inline-size: 240px;
  }
  output {
    padding-inline: 8px;
    color: var(--quiet-color);
    font-variant-numeric: tabular-nums;
  }
  button[aria-pressed="true"] {
    color: var(--primary-color, #03a9f4);
  }

  .frame {
    display: flex;
    flex: 1;
    position: relative;
    min-block-size: 0;
  }
  .log {
    flex: 1;
    overflow: hidden auto;
    overscroll-behavior: contain;
    padding: 8px 16px;
    background: color-mix(in srgb, var(--primary-text-color, #212121) 5%, transparent);
    font-family: var(--ha-font-family-code, monospace);
    font-size: 12px;
    line-height: 1.5;
    /* What games print runs from left to right in every language. */
    direction: ltr;
    text-align: left;
  }
  .log.follows {
    overflow-anchor: none;
  }
  .block {
    contain-intrinsic-block-size: auto 1800px;
  }
  /* The last one grows, so its size cannot be foretold. */
  .block:not(:last-child) {
    content-visibility: auto;
  }
  .line {
    overflow-wrap: anywhere;
    white-space: pre-wrap;
    unicode-bidi: plaintext;
  }
  .times [data-time] {
    padding-left: var(--time-width);
    text-indent: calc(-1 * var(--time-width));
  }
  .times [data-time]::before {
    display: inline-block;
    min-width: var(--time-width);
    color: var(--quiet-color);
    content: attr(data-time);
    text-indent: 0;
  }
  /* Mixed with the colour of text, so that they can be read on light and dark. */
  .error {
    color: color-mix(in srgb, var(--error-color, #db4437) 65%, var(--primary-text-color, #212121));
  }
  .warning {
    color: color-mix(in srgb, var(--warning-color, #ffa600) 45%, var(--primary-text-color, #212121));
  }
  .empty {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    padding: 16px;
    color: var(--quiet-color);
    text-align: center;
    pointer-events: none;
  }
  .resume {
    position: absolute;
    inset-block-end: 8px;
    inset-inline: 0;
    margin-inline: auto;
    inline-size: max-content;
    max-inline-size: calc(100% - 32px);
    background: var(--primary-text-color, #212121);
    color: var(--card-background-color, #fff);
    font-size: var(--ha-font-size-m, 14px);
  }
  .resume:hover:not(:disabled) {
    background: color-mix(in srgb, var(--primary-text-color, #212121) 85%, var(--card-background-color, #fff));
  }

  .reason {
    margin: 0;
    padding: 8px 16px 0;
    color: var(--secondary-text-color, #727272);
    font-size: var(--ha-font-size-m, 14px);
  }
  .reason:empty {
    display: none;
  }
  form {
    display: flex;
    gap: 4px;
    padding: 8px;
  }
  form input {
    flex: 1;
    font-family: var(--ha-font-family-code, monospace);
    direction: ltr;
  }
`;var Qe="stellarstack-console-card",$s=16,Cs=1e3,Ss=4096,E=class extends g{constructor(){super(...arguments);this.times=!1;this.search="";this.follows=!0;this.sending=!1;this.words=new S(this);this.live=new Y(this,"console",()=>this.hass?F(this.hass,this.config?.device_id)?.id:void 0,t=>this.keep(t));this.lines=new Re;this.history=new Oe;this.waiting=[];this.stale=!0;this.fresh=[];this.replaces=!1;this.found=0;this.scrolledTo=0;this.touched=Number.NEGATIVE_INFINITY;this.resized=new ResizeObserver(()=>this.scrollToEnd())}static{this.styles=[Se,P,_n]}static getStubConfig(t){return{device_id:j(t)[0]?.id??""}}static getConfigForm(){return Ee({name:"times",selector:{boolean:{}}})}get hass(){return this.currentHass}set hass(t){let n=this.currentHass;this.currentHass=t;let r=({connection:i,devices:d,language:a,locale:l})=>[i,d,a,l],o=t&&r(t);(!n||!o||r(n).some((i,d)=>i!==o[d]))&&this.requestUpdate()}setConfig(t){t.device_id!==this.config?.device_id&&this.keep({lines:[],reset:!0}),(t.times!==this.config?.times||!this.config)&&(this.times=t.times??!0),this.config=t}getCardSize(){return 8}getGridOptions(){return{columns:12,rows:8,min_columns:6,min_rows:5}}disconnectedCallback(){super.disconnectedCallback(),this.resized.disconnect(),this.list=void 0,this.scrolledTo=0,this.follows=!0}willUpdate(t){t.has("search")&&(this.stale=!0),this.replaces=this.stale;let n=this.stale?this.lines.all:this.follows?this.waiting:[];this.fresh=n.filter(Je(this.search)),this.found=(this.stale?0:this.found)+this.fresh.length,(this.stale||this.follows)&&(this.waiting=[]),this.stale=!1}render(){let{hass:t,config:n}=this;if(!t||!n)return p;let r=F(t,n.device_id);if(!r){let l=this.words.get(n.device_id?"card_device_gone":"card_no_device");return c`<ha-card><p class="message">${l}</p></ha-card>`}let o=x(r),i=this.words.get("console_label",{server:o}),d=de(this.live,this.words.get);if(this.live.error==="unauthorized")return c`
        <ha-card>
          <header><div class="title">${i}</div></header>
          <p class="message" role="status">${d}</p>
        </ha-card>
      `;let a=this.live.state==="stopped";return c`
      <ha-card>
        <header>
          <div class="title">${i}</div>
          ${this.renderTools()}
        </header>
        <div class="frame">
          <div
            class="log ${this.follows?"follows":""} ${this.times?"times":""}"
            style="--time-width: ${this.formatTime(0).length+1}ch"
            role="log"
            aria-live="off"
            aria-label=${i}
            tabindex="0"
            @scroll=${this.scrolled}
            @wheel=${this.touch}
            @touchmove=${this.touch}
            @pointerdown=${this.touch}
            @keydown=${this.touch}
          ><div class="lines"></div></div>
          ${this.renderOverlay()}
        </div>
        <p class="reason" role="status">${d}</p>
        <form @submit=${l=>this.submit(l,o)}>
          <input
            type="text"
            aria-label=${this.words.get("console_command")}
            placeholder=${this.words.get("console_command")}
            maxlength=${Ss}
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            enterkeyhint="send"
            ?disabled=${a}
            ?readonly=${this.sending}
            @keydown=${this.recall}
          />
          ${this.renderTool("console_send",un,{type:"submit",disabled:a||this.sending})}
        </form>
      </ha-card>
    `}renderTools(){return c`
      <div class="tools">
        ${this.search?c`<output aria-label=${this.words.get("console_found")}>${this.found}</output>`:p}
        <input
          type="search"
          aria-label=${this.words.get("console_search")}
          placeholder=${this.words.get("console_search")}
          .value=${Nt(this.search)}
          @input=${t=>this.find(t.target.value)}
        />
        ${this.renderTool("card_times",hn,{pressed:this.times,click:()=>{this.times=!this.times}})}
        ${this.renderTool("console_copy",ae,{click:()=>this.copy()})}
        ${this.follows?this.renderTool("console_pause",pn,{click:()=>{this.follows=!1}}):this.renderTool("console_follow",He,{click:()=>this.resume()})}
      </div>
    `}renderTool(t,n,{type:r="button",click:o,pressed:i,disabled:d=!1}){let a=this.words.get(t);return c`
      <button
        class="bare"
        type=${r}
        aria-label=${a}
        title=${a}
        aria-pressed=${i===void 0?p:String(i)}
        ?disabled=${d}
        @click=${o??p}
      >
        ${k(n)}
      </button>
    `}renderOverlay(){if(!this.follows&&this.waiting.length){let t=this.words.get("console_new",{count:this.waiting.length});return c`<button class="resume" @click=${this.resume}>${k(mn)}${t}</button>`}return this.found?p:c`<div class="empty">${this.words.get(this.search?"console_none_found":"console_empty")}</div>`}updated(){let t=this.renderRoot.querySelector(".lines");if(!t){this.list=void 0;return}if(this.list?.element!==t&&(this.list=new Pe(t,n=>this.formatTime(n)),this.resized.disconnect(),this.resized.observe(t),this.log&&this.resized.observe(this.log),!this.replaces)){this.stale=!0,this.requestUpdate();return}this.replaces&&this.list.clear(),this.list.append(this.fresh),this.fresh=[]}formatTime(t){let{locale:n}=this.hass??{};return ks(n?.language,n?.time_format).format(t)}keep({lines:t,reset:n}){n&&(this.lines.clear(),this.waiting=[],this.stale=!0);let r=this.lines.append(t,n?void 0:Date.now());this.waiting=K([...this.waiting,...r])}find(t){this.search=t}resume(){this.follows=!0,this.scrollToEnd()}scrollToEnd(){!this.log||!this.follows||(this.log.scrollTop=this.log.scrollHeight,this.scrolledTo=this.log.scrollTop)}touch(){this.touched=performance.now()}scrolled(){if(!this.log)return;let{scrollTop:t,scrollHeight:n,clientHeight:r}=this.log,o=n-r-t<$s;performance.now()-this.touched<Cs&&t<this.scrolledTo&&!o&&(this.follows=!1),t>this.scrolledTo&&o&&(this.follows=!0),this.scrolledTo=t}async copy(){let t=this.lines.all.filter(Je(this.search));await Me(this,t.map(({text:n})=>n).join(`
`)),Le(this,this.words.get("card_copied"))}recall(t){let n=t.key==="ArrowUp"?this.history.previous(this.input.value):t.key==="ArrowDown"?this.history.next():void 0;n!==void 0&&(t.preventDefault(),this.input.value=n)}async submit(t,n){t.preventDefault();let{hass:r,config:o,input:i}=this,d=i.value.trim();if(!(!r||!o?.device_id||!d||this.sending||!(!vn(d)||await Te(this,{title:this.words.get("console_confirm_title",{server:n}),text:this.words.get("console_confirm_text",{command:d}),confirm:this.words.get("console_send"),cancel:this.words.get("card_cancel")})))){this.sending=!0;try{await r.callService(y,"send_command",{command:d},{device_id:o.device_id}),this.history.add(d),i.value="",this.resume()}catch{}finally{this.sending=!1}}}};m([$({reflect:!0})],E.prototype,"layout",2),m([b()],E.prototype,"config",2),m([b()],E.prototype,"times",2),m([b()],E.prototype,"search",2),m([b()],E.prototype,"follows",2),m([b()],E.prototype,"sending",2),m([R(".log")],E.prototype,"log",2),m([R("form input")],E.prototype,"input",2);var bn=new Map;function ks(s="en",e="language"){let t=`${s} ${e}`,n=bn.get(t);if(!n){let r={12:"h12",24:"h23"}[e];n=new Intl.DateTimeFormat(s,{hour:"2-digit",minute:"2-digit",second:"2-digit",...r&&{hourCycle:r}}),bn.set(t,n)}return n}v(Qe,E);Ce(Qe,s=>({name:s("card_console_name"),description:s("card_console_description"),preview:!0,getEntitySuggestion:(e,t)=>{let n=$e(e,t);return n?{config:{type:`custom:${Qe}`,device_id:n.id}}:null}}));var q=class extends g{constructor(){super(...arguments);this.items=[];this.label=""}static{this.styles=[P,w`
      [role="menu"] {
        position: fixed;
        inset: auto;
        margin: 0;
        padding: 8px 0;
        border: 1px solid var(--divider-color, #e0e0e0);
        border-radius: 12px;
        background: var(--card-background-color, #fff);
        color: var(--primary-text-color, #212121);
        box-shadow: 0 4px 16px rgb(0 0 0 / 20%);
      }
      button.item,
      a.item {
        display: flex;
        inline-size: 100%;
        justify-content: flex-start;
        gap: 16px;
        border-radius: 0;
        white-space: nowrap;
      }
      .item .icon {
        color: var(--secondary-text-color, #727272);
      }
    `]}render(){return c`
      <button
        class="bare"
        aria-label=${this.label}
        title=${this.label}
        aria-haspopup="menu"
        aria-expanded="false"
        @click=${this.open}
      >
        ${k(Jt)}
      </button>
      <div
        role="menu"
        popover
        aria-label=${this.label}
        @keydown=${this.move}
        @click=${this.close}
        @toggle=${this.toggled}
      >
        ${this.items.map(t=>t.href?c`
                <a class="item" role="menuitem" tabindex="-1" href=${t.href} target="_blank" rel="noreferrer">
                  ${k(t.icon)}${t.label}
                </a>
              `:c`
                <button class="item" role="menuitem" tabindex="-1" @click=${t.run??p}>
                  ${k(t.icon)}${t.label}
                </button>
              `)}
      </div>
    `}open(){this.menu.showPopover();let{left:t,right:n,top:r,bottom:o}=this.opener.getBoundingClientRect(),{offsetWidth:i,offsetHeight:d}=this.menu,a=getComputedStyle(this).direction==="rtl"?t:n-i;this.menu.style.left=`${Math.max(8,Math.min(a,innerWidth-i-8))}px`,this.menu.style.top=`${o+d+8>innerHeight?Math.max(8,r-d):o}px`,this.choices[0]?.focus()}close(){this.menu.hidePopover(),this.opener.focus()}toggled(t){let n=t.newState==="open";this.opener.setAttribute("aria-expanded",String(n))}get choices(){return[...this.menu.querySelectorAll("[role=menuitem]")]}move(t){let{choices:n}=this,r=n.indexOf(this.renderRoot.querySelector(":focus")),o={ArrowDown:r+1,ArrowUp:r-1,Home:0,End:-1}[t.key];o!==void 0?(t.preventDefault(),n.at(o%n.length)?.focus()):(t.key==="Tab"||t.key==="Escape")&&this.close()}};m([$({attribute:!1})],q.prototype,"items",2),m([$()],q.prototype,"label",2),m([R("button")],q.prototype,"opener",2),m([R("[role=menu]")],q.prototype,"menu",2);v("stellarstack-menu",q);var Ts={B:95367431640625e-20,kB:.00095367431640625,KiB:.0009765625,MB:.95367431640625,MiB:1,GB:953.67431640625,GiB:1024,TB:953674.31640625,TiB:1048576};function wn(s,e){let t=Ts[String(e)];return t===void 0?void 0:s*t}function Xe(s,e,t){let n=(e??s)>=1024,r=new Intl.NumberFormat(t,{maximumFractionDigits:n?1:0});return xn(o=>r.format(n?o/1024:o),s,e,n?"GiB":"MiB")}function et(s,e,t){let n=new Intl.NumberFormat(t,{maximumFractionDigits:0});return xn(n.format,s,e,"%")}function xn(s,e,t,n){return`${s(e)}${t===void 0?"":` / ${s(t)}`} ${n}`}var Es=[["day",86400],["hour",3600],["minute",60]];function An(s,e,t){let n=Math.max(0,(e-s)/1e3),[r,o]=Es.find(([,d])=>n>=d)??["second",Number.POSITIVE_INFINITY],i=Math.floor(n/o);return new Intl.RelativeTimeFormat(t,{numeric:r==="day"?"always":"auto"}).format(-i,r)}var Hs=["running","starting","stopping","stopped","error","installing","restoring","maintenance","suspended"],Ls=["status","running","power"],Ms=["start","restart","stop","kill"],Os={running:["restart","stop","kill"],starting:["stop","kill"],stopping:["kill"],stopped:["start"],error:["start"],installing:[],restoring:[],maintenance:[],suspended:[],away:[],unknown:Ms};function kn(s,e){let t=F(s,e);if(!t)return;let n=i=>O(s,t.id,i),r=Ls.map(n).find(i=>i!==void 0),o=Rs(r);return{name:x(t),game:t.model??void 0,url:Ns(t.configuration_url),status:o,statusState:r,since:(o==="running"?Sn(n("uptime")?.state):void 0)??Sn(r?.last_changed),nodeOffline:n("node_online")?.state==="off",address:En(n("address")),players:o==="running"?le(n("players")):void 0,mostPlayers:le(n("max_players")),usage:{cpu:le(n("cpu_usage")),memory:$n(n("memory_usage"))},limits:{cpu:Cn(le(n("cpu"))),memory:Cn($n(n("memory")))},actions:Os[o].filter(i=>Ps(s,t.id,i))}}function Tn(s,e,t=""){if(s.entities!==e.entities||s.devices[t]!==e.devices[t]||s.locale!==e.locale||s.language!==e.language||s.connection!==e.connection||s.formatEntityState!==e.formatEntityState)return!1;for(let n of Ye(e.entities).get(t)?.values()??[])if(s.states[n]!==e.states[n])return!1;return!0}function Rs(s){return s?.state==="unavailable"?"away":s?.state==="on"?"running":s?.state==="off"?"stopped":Hs.find(e=>e===s?.state)??"unknown"}function Ps(s,e,t){let n=r=>T(s,e,r)!==void 0;return n(t)||t!=="kill"&&n("power")}function En(s){return s&&s.state!=="unavailable"&&s.state!=="unknown"?s.state:void 0}function le(s){let e=En(s),t=e?Number(e):Number.NaN;return Number.isFinite(t)?t:void 0}function $n(s){let e=le(s);return e===void 0?void 0:wn(e,s?.attributes.unit_of_measurement)}function Cn(s){return s!==void 0&&s>0?s:void 0}function Sn(s){let e=Date.parse(s??"");return Number.isNaN(e)?void 0:e}function Ns(s){return s&&/^https?:\/\//i.test(s)?s:void 0}var Hn=w`
  :host {
    --status-color: var(--state-inactive-color, #9e9e9e);
  }
  .running {
    --status-color: var(--green-color, #4caf50);
  }
  .starting,
  .stopping,
  .installing,
  .restoring,
  .maintenance {
    --status-color: var(--info-color, #039be5);
  }
  .offline,
  .suspended {
    --status-color: var(--orange-color, #ff9800);
  }
  .error {
    --status-color: var(--error-color, #db4437);
  }

  .server {
    display: flex;
    flex-direction: column;
    gap: 12px;
    block-size: 100%;
    box-sizing: border-box;
    padding: 12px;
  }
  .head,
  .title,
  .facts,
  .fact,
  .actions {
    display: flex;
    align-items: center;
  }
  .head {
    gap: 4px;
    min-inline-size: 0;
  }
  .title,
  a.title,
  button.title {
    flex: 1;
    justify-content: flex-start;
    gap: 12px;
    min-inline-size: 0;
    padding: 0;
    border-radius: 8px;
    color: inherit;
    text-decoration: none;
  }
  .badge {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 40px;
    block-size: 40px;
    border-radius: 50%;
    background: color-mix(in srgb, var(--status-color) 20%, transparent);
    color: var(--status-color);
  }
  .badge .icon {
    inline-size: 24px;
    block-size: 24px;
  }
  .lines {
    display: grid;
    flex: 1;
    grid-template-columns: minmax(0, 1fr);
    justify-items: start;
    min-inline-size: 0;
  }
  .line {
    max-inline-size: 100%;
    overflow: hidden;
    color: var(--secondary-text-color, #727272);
    font-size: var(--ha-font-size-s, 12px);
    line-height: 1.4;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .reason {
    color: var(--secondary-text-color, #727272);
    font-size: var(--ha-font-size-s, 12px);
  }
  .name {
    color: var(--primary-text-color, #212121);
    font-size: var(--ha-font-size-m, 14px);
    font-weight: 500;
  }
  .away .badge,
  .away .name {
    opacity: 0.7;
  }

  .facts {
    flex-wrap: wrap;
    gap: 4px 16px;
    min-inline-size: 0;
  }
  .fact {
    gap: 8px;
    min-inline-size: 0;
    min-block-size: 32px;
  }
  button.fact {
    min-block-size: 32px;
    padding: 0;
    border-radius: 4px;
    overflow-wrap: anywhere;
  }
  .fact .icon {
    inline-size: 16px;
    block-size: 16px;
    color: var(--secondary-text-color, #727272);
  }

  .usage {
    display: grid;
    margin: 0;
    grid-template-columns: repeat(auto-fit, minmax(min(120px, 100%), 1fr));
    gap: 8px;
  }
  .measure {
    display: grid;
    position: relative;
    overflow: hidden;
    padding: 8px 10px 28px;
    border-radius: 8px;
    background: color-mix(in srgb, var(--primary-text-color, #212121) 5%, transparent);
  }
  .measure dt {
    color: var(--secondary-text-color, #727272);
    font-size: var(--ha-font-size-s, 12px);
  }
  .measure dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
  }
  .trace {
    position: absolute;
    inset-block-end: 0;
    inset-inline: 0;
    inline-size: 100%;
    block-size: 24px;
    color: var(--primary-color, #03a9f4);
    stroke: currentcolor;
    stroke-width: 1.5;
    /* Time runs to the right in every language, as in Home Assistant's own graphs. */
    direction: ltr;
  }
  .trace path {
    fill: none;
  }
  .trace .area {
    fill: currentcolor;
    opacity: 0.15;
    stroke: none;
  }
  .full .trace {
    color: var(--warning-color, #ffa600);
  }

  .actions {
    flex-wrap: wrap;
    gap: 8px;
    margin-block-start: auto;
  }
  .actions button {
    flex: 1;
    white-space: nowrap;
  }
  .start {
    --button-color: var(--green-color, #4caf50);
  }
  .stop {
    --button-color: var(--error-color, #db4437);
  }

  .compact {
    position: relative;
    justify-content: center;
    padding-block: 7px;
    padding-inline: 10px 4px;
  }
  .compact .head {
    position: relative;
    gap: 0;
  }
  /* Below the text, which it must not cross. */
  .compact > .trace {
    block-size: 12px;
    opacity: 0.5;
  }

  .spoken {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;function Ln(s,e,t,n){let r=s.at(-1)?.at??0,o=[],i=Number.NEGATIVE_INFINITY;for(let{at:l,value:u}of s){let h=t*(1-(r-l)/6e4);if(h<0)continue;let _=n*(1-Math.min(1,Math.max(0,u/e)));l-i>5e3&&o.push([]),o.at(-1)?.push(`${h.toFixed(1)} ${_.toFixed(1)}`),i=l}let d=o.map(l=>l.join("L")),a=l=>l?.split(" ",1)[0];return{line:d.map(l=>`M${l}`).join(""),area:o.map((l,u)=>`M${a(l[0])} ${n}L${d[u]}L${a(l.at(-1))} ${n}Z`).join("")}}function Mn(s,e,t){return e??s.reduce((n,{value:r})=>Math.max(n,r*1.2),t)}var tt="stellarstack-server-card",Is=3e4,Vs=.9,zs="200px",On=120,Rn=24,Pn=100,Us=256,Ws={running:en,starting:tn,stopping:sn,stopped:nn,error:rn,installing:on,restoring:dn,maintenance:an,suspended:ln,away:Ze,unknown:cn},Nn={start:He,restart:Kt,stop:Yt,kill:Zt},Z=class extends g{constructor(){super(...arguments);this.visible=!1;this.busy=!1;this.words=new S(this);this.live=new Y(this,"usage",()=>this.visible&&this.hass?F(this.hass,this.config?.device_id)?.id:void 0,t=>this.keep(t));this.cpu=[];this.memory=[];this.observer=new IntersectionObserver(t=>{this.visible=t.at(-1)?.isIntersecting??!1},{rootMargin:zs})}static{this.styles=[Se,P,Hn]}static getStubConfig(t){return{device_id:j(t)[0]?.id??""}}static getConfigForm(){return Ee({name:"compact",selector:{boolean:{}}})}get hass(){return this.currentHass}set hass(t){let n=this.currentHass;this.currentHass=t,(!n||!t||!Tn(n,t,this.config?.device_id))&&this.requestUpdate()}setConfig(t){t.device_id!==this.config?.device_id&&this.forget(),this.config=t}getCardSize(){return this.config?.compact?1:4}getGridOptions(){return this.config?.compact?{columns:12,rows:1,min_columns:6,min_rows:1}:{columns:12,rows:"auto",min_columns:6}}connectedCallback(){super.connectedCallback(),this.observer.observe(this),this.clock=setInterval(()=>this.requestUpdate(),Is)}disconnectedCallback(){super.disconnectedCallback(),this.observer.disconnect(),clearInterval(this.clock)}render(){let{hass:t,config:n}=this;if(!t||!n)return p;let r=kn(t,n.device_id);if(!r){let o=this.words.get(n.device_id?"card_device_gone":"card_no_device");return c`<ha-card><p class="message">${o}</p></ha-card>`}return r.status!=="running"&&this.forget(),this.unauthorized&&(r.actions=[]),c`<ha-card>${n.compact?this.renderCompact(r):this.renderFull(r)}</ha-card>`}get unauthorized(){return this.live.error==="unauthorized"}renderFull(t){return c`
      <div class="server ${Dn(t)}">
        <div class="head">
          ${this.renderTitle(t,[t.game,this.statusText(t)])} ${this.renderMenu(t,["kill"])}
        </div>
        ${this.renderFacts(t)} ${t.status==="running"?this.renderUsage(t):p}
        ${this.renderActions(t)}
      </div>
    `}renderCompact(t){let n=this.usage(t),r=this.language,o=[this.statusText(t,t.status!=="running"),t.players===void 0?void 0:this.words.get("card_players_count",{count:In(t)}),n.cpu===void 0?void 0:et(n.cpu,void 0,r),n.memory===void 0?void 0:Xe(n.memory,void 0,r)];return c`
      <div class="server compact ${Dn(t)}">
        ${this.cpu.length>1?this.renderTrace(this.cpu,t.limits.cpu,Pn):p}
        <div class="head">
          ${this.renderTitle(t,[o.filter(Boolean).join(" · ")])}
          ${this.renderMenu(t,["start","restart","stop","kill"])}
        </div>
      </div>
    `}renderTitle(t,n){let r=c`
      <span class="badge">${k(t.nodeOffline?Ze:Ws[t.status])}</span>
      <span class="lines">
        <span class="line name" dir="auto">${t.name}</span>
        ${n.map(d=>d?c`<span class="line" dir="auto">${d}</span>`:p)}
      </span>
    `,{navigation_path:o}=this.config??{};if(o)return c`<a class="title" href=${o}>${r}</a>`;let i=t.statusState?.entity_id;return i?c`<button class="title" @click=${()=>gn(this,i)}>${r}</button>`:c`<div class="title">${r}</div>`}renderFacts(t){let{address:n}=t;return!n&&t.players===void 0?p:c`
      <div class="facts">
        ${n?c`
                <button class="fact" title=${this.words.get("card_copy_address")} @click=${()=>this.copy(n)}>
                  <bdi>${n}</bdi>${k(ae)}
                </button>
              `:p}
        ${t.players===void 0?p:c`
                <span class="fact" title=${this.words.get("card_players")}>
                  ${k(Xt)}<span class="spoken">${this.words.get("card_players")}</span>
                  <bdi>${In(t)}</bdi>
                </span>
              `}
      </div>
    `}renderUsage(t){let{cpu:n,memory:r}=this.usage(t);if(n===void 0&&r===void 0){let i=this.unauthorized?void 0:de(this.live,this.words.get);return i?c`<span class="reason">${i}</span>`:p}let{limits:o}=t;return c`
      <dl class="usage">
        ${this.renderMeasure("card_cpu",et,n,o.cpu,this.cpu,Pn)}
        ${this.renderMeasure("card_memory",Xe,r,o.memory,this.memory,Us)}
      </dl>
    `}renderMeasure(t,n,r,o,i,d){if(r===void 0)return p;let a=o!==void 0&&r>=o*Vs;return c`
      <div class="measure ${a?"full":""}">
        <dt>${this.words.get(t)}</dt>
        <dd><bdi>${n(r,o,this.language)}</bdi></dd>
        ${this.renderTrace(i,o,d)}
      </div>
    `}renderTrace(t,n,r){let{line:o,area:i}=Ln(t,Mn(t,n,r),On,Rn);return c`
      <svg
        class="trace"
        viewBox="0 -1 ${On} ${Rn+2}"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path class="area" d=${i}></path>
        <path d=${o} vector-effect="non-scaling-stroke"></path>
      </svg>
    `}renderActions(t){if(this.unauthorized)return c`<span class="reason">${this.words.get("live_unauthorized")}</span>`;let n=t.actions.filter(r=>r!=="kill");return n.length?c`
      <div class="actions">
        ${n.map(r=>c`
            <button class="filled ${r}" ?disabled=${this.busy} @click=${()=>this.run(t,r)}>
              ${k(Nn[r])}${this.words.get(`card_${r}`)}
            </button>
          `)}
      </div>
    `:p}renderMenu(t,n){let{address:r,url:o}=t,i=t.actions.filter(a=>n.includes(a)&&!this.busy).map(a=>({label:this.words.get(`card_${a}`),icon:Nn[a],run:()=>this.run(t,a)}));if(r&&i.push({label:this.words.get("card_copy_address"),icon:ae,run:()=>this.copy(r)}),o&&i.push({label:this.words.get("card_open_panel"),icon:Qt,href:o}),!i.length)return p;let d=this.words.get("card_menu",{server:t.name});return c`<stellarstack-menu .items=${i} .label=${d}></stellarstack-menu>`}get language(){return this.hass?.locale.language??"en"}statusText(t,n=!0){let{statusState:r,since:o}=t,i=[];return t.nodeOffline&&i.push(this.words.get("card_node_offline")),i.push(r?this.hass?.formatEntityState(r)??r.state:this.words.get("card_no_status")),r&&o&&n&&i.push(An(o,Date.now(),this.language)),i.join(" · ")}usage(t){if(t.status!=="running")return{cpu:void 0,memory:void 0};let n=de(this.live,this.words.get)?void 0:this.sample;return{cpu:n?.cpu_usage??t.usage.cpu,memory:n?.memory_usage??t.usage.memory}}keep(t){let n=Date.now();this.sample=t,this.cpu=Vn(this.cpu,n,t.cpu_usage),this.memory=Vn(this.memory,n,t.memory_usage)}forget(){this.sample=void 0,this.cpu=[],this.memory=[]}async copy(t){await Me(this,t),Le(this,this.words.get("card_copied"))}async run(t,n){let{hass:r,config:o}=this;if(!r||!o?.device_id)return;let d=[n!=="start"&&t.players?this.words.get("card_players_text",{count:t.players??0}):"",n==="kill"?this.words.get("card_kill_text"):""];if(await Te(this,{title:this.words.get(`card_${n}_title`,{server:t.name}),text:d.filter(Boolean).join(" "),confirm:this.words.get(`card_${n}`),cancel:this.words.get("card_cancel")})){this.busy=!0;try{n==="kill"?await r.callService("button","press",{},{entity_id:T(r,o.device_id,"kill")??[]}):await r.callService(y,n,{},{device_id:o.device_id})}catch{}finally{this.busy=!1}}}};m([b()],Z.prototype,"config",2),m([b()],Z.prototype,"visible",2),m([b()],Z.prototype,"busy",2);function Dn({status:s,nodeOffline:e}){return e?"offline":s}function In({players:s,mostPlayers:e}){return e===void 0?`${s}`:`${s} / ${e}`}function Vn(s,e,t){let n=s.filter(r=>r.at>e-6e4);return t===null?n:[...n,{at:e,value:t}]}v(tt,Z);Ce(tt,s=>({name:s("card_server_name"),description:s("card_server_description"),preview:!0,getEntitySuggestion:(e,t)=>{let n=$e(e,t);return n?{config:{type:`custom:${tt}`,device_id:n.id}}:null}}));function zn(s){let e=Un(document,"hui-root");e?.lovelace?.rawConfig?.strategy?.type===s&&e.dispatchEvent(new CustomEvent("config-refresh"))}function Un(s,e){for(let t of s.querySelectorAll("*")){if(t.localName===e)return t;let n=t.shadowRoot?Un(t.shadowRoot,e):void 0;if(n)return n}}var nt=["node","panel","area","label"];function Wn(s,e){let t=i=>new Error(e("dashboard_bad_option",{option:i})),{group_by:n="node",servers:r,compact:o}=s;if(!nt.includes(n))throw t("group_by");if(r!=null&&!(Array.isArray(r)&&r.every(i=>typeof i=="string")))throw t("servers");if(o!=null&&typeof o!="boolean")throw t("compact");return{group_by:n,...r?.length&&{servers:r},...o!=null&&{compact:o}}}var st="stellarstack-dashboard-editor",ce=class extends g{constructor(){super(...arguments);this.words=new S(this)}setConfig(t){this.config=t}render(){if(!this.hass||!this.config)return p;let t=this.words.get;return c`<ha-form
      .hass=${this.hass}
      .data=${Bs(this.config)}
      .schema=${qs(t)}
      .computeLabel=${({name:n})=>t(`dashboard_${n}`)}
      .computeHelper=${({name:n})=>n==="servers"?t("dashboard_servers_help"):""}
      @value-changed=${this.changed}
    ></ha-form>`}changed(t){t.stopPropagation();let n=Fs(this.config,t.detail.value);this.dispatchEvent(new CustomEvent("config-changed",{bubbles:!0,composed:!0,detail:{config:n}}))}};m([$({attribute:!1})],ce.prototype,"hass",2),m([b()],ce.prototype,"config",2);v(st,ce);function Bs({group_by:s="node",servers:e,compact:t}){return{group_by:String(s),servers:Array.isArray(e)?e:[],size:t==null?"auto":t?"compact":"full"}}function Fs(s,{group_by:e,servers:t,size:n}){return{type:s.type,...e!=="node"&&{group_by:e},...t?.length&&{servers:t},...n!=="auto"&&{compact:n==="compact"}}}function qs(s){let e=["auto","compact","full"];return[{name:"group_by",required:!0,selector:{select:{options:nt.map(t=>({value:t,label:s(`dashboard_group_by_${t}`)}))}}},{name:"servers",selector:{device:{multiple:!0,filter:{integration:y},entity:{integration:y,domain:"sensor"}}}},{name:"size",required:!0,selector:{select:{options:e.map(t=>({value:t,label:s(`dashboard_size_${t}`)}))}}}]}var Bn={node:"mdi:server-network",panel:"mdi:view-dashboard",area:"mdi:home-map-marker",label:"mdi:label"},Gs=new Set(["unknown","unavailable"]),Fn=new Map;function N(s,e){let t=j(s);return e.servers?t.filter(({id:n})=>e.servers?.includes(n)):t}function J(s,{id:e}){let t=O(s,e,"node")?.state;return t!==void 0&&!Gs.has(t)&&Fn.set(e,t),Fn.get(e)}function rt(s,e){return e.via_device_id?s.devices[e.via_device_id]:void 0}function qn(s,e,t,n){let r=new Map,o={heading:n("dashboard_other"),icon:"mdi:dots-horizontal",servers:[]},i=zt(s).length>1;for(let l of N(s,e)){let u=js(s,l,e,t,i);u.length||o.servers.push(l);for(let{key:h,..._}of u){let f=r.get(h)??{..._,servers:[]};f.servers.push(l),r.set(h,f)}}let d=new Intl.Collator(s.locale.language,{numeric:!0}),a=[...r.values()].sort((l,u)=>d.compare(l.heading,u.heading));return o.servers.length?[...a,o]:a}function js(s,e,t,n,r){let o=Bn[t.group_by],i=rt(s,e),d=i?[{key:i.id,heading:x(i),icon:Bn.panel}]:[];switch(t.group_by){case"panel":return d;case"node":{let a=J(s,e);if(a===void 0)return d;let l=i&&r?`${a} · ${x(i)}`:a;return[{key:`${i?.id} ${a}`,heading:l,icon:o}]}case"area":{let a=e.area_id?s.areas[e.area_id]:void 0;return a?[{key:a.area_id,heading:a.name,icon:a.icon||o}]:[]}case"label":return(e.labels??[]).flatMap(a=>{let l=n.get(a);return l===void 0?[]:[{key:a,heading:l,icon:o}]});default:return t.group_by}}function Gn(s){history.pushState(null,"",s),window.dispatchEvent(new CustomEvent("location-changed",{detail:{replace:!1}}))}var Ys=new Set(["starting","running","unavailable","unknown"]);function jn(s,e,t){let n=new Map,r=new Map,o=[];for(let i of e){let d=rt(s,i);if(d&&!n.has(d.id)&&n.set(d.id,Ks(s,d,t)),!(d&&n.get(d.id)))if(O(s,i.id,"node_online")?.state==="off"){let a=J(s,i)??"";r.set(`${d?.id} ${a}`,{icon:"mdi:server-network-off",text:t("dashboard_node_offline",{node:a}),entityId:T(s,i.id,"node_online")??""})}else o.push(...Zs(s,i,t))}return[...[...n.values()].filter(i=>i!==void 0),...r.values(),...o]}function Ks(s,e,t){let n=O(s,e.id,"connected");if(!(!n||n.state==="on"))return{icon:"mdi:lan-disconnect",text:t("dashboard_away",{panel:x(e)}),entityId:n.entity_id}}function Zs(s,e,t){let n=O(s,e.id,"status");if(!n)return[];let r=x(e);return n.state==="error"?[{icon:"mdi:alert-circle",text:`${r}: ${s.formatEntityState(n)}`,path:e.id}]:O(s,e.id,"lifecycle")?.attributes.event_type==="crashed"&&!Ys.has(n.state)?[{icon:"mdi:alert-circle",text:t("dashboard_crashed",{server:r}),path:e.id}]:[]}var ot="stellarstack-trouble-card",Yn=12,Q=class extends g{constructor(){super(...arguments);this.troubles=[];this.words=new S(this);this.connectedWhileHidden=!0}setConfig({servers:t}){this.servers=t}getCardSize(){return 1}getGridOptions(){return{columns:"full",rows:"auto"}}willUpdate(t){if(!this.hass)return;let n=t.get("hass");if(n&&n.states===this.hass.states&&n.devices===this.hass.devices)return;let r=jn(this.hass,N(this.hass,{servers:this.servers}),this.words.get);JSON.stringify(r)!==JSON.stringify(this.troubles)&&(this.troubles=r);let o=!this.troubles.length;this.hidden!==o&&(this.hidden=o,this.dispatchEvent(new CustomEvent("card-visibility-changed",{bubbles:!0,composed:!0})))}render(){let t=this.troubles.length-Yn;return c`<ul role="status">
      ${this.troubles.slice(0,Yn).map(n=>c`<li>
          <button @click=${()=>this.open(n)}><ha-icon .icon=${n.icon}></ha-icon>${n.text}</button>
        </li>`)}
      ${t>0?c`<li class="more">${this.words.get("dashboard_more",{count:t})}</li>`:p}
    </ul>`}open({entityId:t,path:n}){if(n)Gn(n);else if(t){let r={entityId:t};this.dispatchEvent(new CustomEvent("hass-more-info",{bubbles:!0,composed:!0,detail:r}))}}static{this.styles=w`
    :host([hidden]) {
      display: none;
    }
    ul {
      display: flex;
      flex-wrap: wrap;
      gap: 8px;
      margin: 0;
      padding: 0;
      list-style: none;
    }
    button,
    .more {
      display: flex;
      align-items: center;
      gap: 8px;
      min-block-size: 40px;
      box-sizing: border-box;
      padding: 8px 16px 8px 12px;
      color: var(--primary-text-color, #212121);
      font: inherit;
      text-align: start;
      overflow-wrap: anywhere;
    }
    button {
      border: 1px solid var(--error-color, #db4437);
      border-radius: 20px;
      background: var(--ha-card-background, var(--card-background-color, #fff));
      cursor: pointer;
    }
    button:hover {
      background: color-mix(in srgb, var(--error-color, #db4437) 8%, var(--card-background-color, #fff));
    }
    button:focus-visible {
      outline: 2px solid var(--primary-color, #03a9f4);
      outline-offset: 2px;
    }
    ha-icon {
      flex: none;
      color: var(--error-color, #db4437);
      --mdc-icon-size: 20px;
    }
  `}};m([$({attribute:!1})],Q.prototype,"hass",2),m([b()],Q.prototype,"servers",2),m([b()],Q.prototype,"troubles",2);v(ot,Q);var at="stellarstack-overview",dt=4,Js=12,it=class extends HTMLElement{static async generate(e,t){let[n]=await Promise.all([tr(e,t),H(t)]);return Qs(t,e,n,A(t.language))}static shouldRegenerate(e,t,n){return t.entities!==n.entities||t.devices!==n.devices||t.areas!==n.areas?!0:e.group_by!=="node"||t.states===n.states?!1:N(n,e).some(r=>J(t,r)!==J(n,r))}};v(`ll-strategy-view-${at}`,it);function Qs(s,e,t,n){let r=qn(s,e,t,n),o=N(s,e),i=e.compact??o.length>Js,d=r.map(a=>er(a,i,Xs(a,r.length,i)));return{type:"sections",max_columns:dt,dense_section_placement:!0,sections:d.length?[Kn({type:`custom:${ot}`,...e.servers&&{servers:e.servers}}),...d]:[Kn({type:"markdown",content:n("dashboard_no_servers")})]}}function Kn(s){return{type:"grid",column_span:dt,cards:[s]}}function Xs({servers:s},e,t){let n=e===1?1:t?6:3;return Math.min(Math.ceil(s.length/n),dt)}function er({heading:s,icon:e,servers:t},n,r){return{type:"grid",column_span:r,cards:[{type:"heading",heading:s,icon:e},...t.map(({id:o})=>({type:"custom:stellarstack-server-card",device_id:o,navigation_path:o,...n&&{compact:n}}))]}}async function tr({group_by:s},e){if(s!=="label")return new Map;let t=await e.callWS({type:"config/label_registry/list"});return new Map(t.map(({label_id:n,name:r})=>[n,r]))}var lt="stellarstack-facts-card",ct=["address","memory","cpu","disk","swap","node","location","max_players","backup_limit"],pe=class extends g{constructor(){super(...arguments);this.device="";this.words=new S(this)}setConfig({device_id:t}){this.device=String(t)}getCardSize(){return 1}getGridOptions(){return{columns:12,rows:"auto"}}render(){let{hass:t}=this;if(!t)return p;let n=ct.flatMap(r=>{let o=T(t,this.device,r),i=o===void 0?void 0:t.states[o];return i?[{name:t.entities[i.entity_id]?.name,value:t.formatEntityState(i)}]:[]});return c`<ha-card>
      <details>
        <summary>${this.words.get("dashboard_facts")}</summary>
        <dl>${n.map(({name:r,value:o})=>c`<dt>${r}</dt><dd>${o}</dd>`)}</dl>
      </details>
    </ha-card>`}static{this.styles=w`
    ha-card {
      display: block;
    }
    summary {
      padding: 16px;
      cursor: pointer;
    }
    summary:focus-visible {
      outline: 2px solid var(--primary-color, #03a9f4);
      outline-offset: -2px;
    }
    dl {
      display: grid;
      grid-template-columns: auto 1fr;
      gap: 8px 16px;
      margin: 0;
      padding: 0 16px 16px;
    }
    dt {
      color: var(--secondary-text-color, #727272);
    }
    dd {
      margin: 0;
      overflow-wrap: anywhere;
      text-align: end;
    }
  `}};m([$({attribute:!1})],pe.prototype,"hass",2),m([b()],pe.prototype,"device",2);v(lt,pe);var ut="stellarstack-server",ht=class extends HTMLElement{static{this.registryDependencies=["entities","devices"]}static async generate({device_id:e},t){let[n]=await Promise.all([Gt(t,e),H(t)]);return nr(t,e,A(t.language),n)}};v(`ll-strategy-view-${ut}`,ht);function nr(s,e,t,n){let r=s.devices[e];if(!r)return{type:"sections",sections:[Ne({type:"markdown",content:t("dashboard_gone")})]};let o=d=>T(s,e,d);return{type:"sections",max_columns:3,dense_section_placement:!0,sections:[Ne({type:"custom:stellarstack-server-card",device_id:e},...sr(s,o("players"))),{...Ne({type:"custom:stellarstack-console-card",device_id:e,grid_options:{columns:"full",rows:10}}),column_span:2},pt(t("dashboard_backups"),"mdi:archive",[...Zn(s,o("last_backup")),...n?[or(e,x(r),t)]:[],...ct.some(o)?[{type:`custom:${lt}`,device_id:e}]:[]]),pt(t("dashboard_usage"),"mdi:chart-line",[...X(s,[o("cpu_usage")]),...X(s,[o("memory_usage")]),...X(s,[o("disk_usage")]),...X(s,[o("network_in"),o("network_out")]),...X(s,[o("players")])]),pt(t("dashboard_history"),"mdi:history",[...X(s,[o("status")]),...rr(s,o("lifecycle"))])].filter(d=>d)}}function Ne(...s){return{type:"grid",cards:s}}function pt(s,e,t){return t.length?Ne({type:"heading",heading:s,icon:e},...t):void 0}function Zn(s,e){return e?[{type:"tile",entity:e,name:s.entities[e]?.name,grid_options:{columns:12}}]:[]}function sr(s,e){return Zn(s,e).map(t=>({...t,state_content:["state","names"]}))}function X(s,e){let t=e.filter(r=>r!==void 0).map(r=>({entity:r,name:s.entities[r]?.name}));return t.length>0&&s.config.components.includes("history")?[{type:"history-graph",hours_to_show:24,entities:t}]:[]}function rr(s,e){return e&&s.config.components.includes("logbook")?[{type:"logbook",hours_to_show:24,target:{entity_id:e}}]:[]}function or(s,e,t){return{type:"button",name:t("dashboard_create_backup"),icon:"mdi:archive-plus",show_state:!1,icon_height:"32px",grid_options:{columns:12,rows:2},tap_action:{action:"perform-action",perform_action:"stellarstack.create_backup",target:{device_id:s},confirmation:{text:t("dashboard_create_backup_ask",{server:e})}}}}var Jn=new Set,mt=class extends HTMLElement{static{this.registryDependencies=["devices"]}static async generate(e,t){await H(t);let n=Wn(e,A(t.language));for(let{id:r}of N(t,n))Jn.add(r);return{views:[{path:"overview",icon:"mdi:controller",strategy:{type:`custom:${at}`,...n}},...[...Jn].map(r=>({path:r,subview:!0,title:t.devices[r]?x(t.devices[r]):"",strategy:{type:`custom:${ut}`,device_id:r}}))]}}static async getCreateSuggestions(e){return await H(e),{title:A(e.language)("dashboard_name"),icon:"mdi:controller"}}static async getConfigElement(){return document.createElement(st)}};v("ll-strategy-dashboard-stellarstack",mt);Bt("stellarstack",s=>({strategyType:"dashboard",name:s("dashboard_name"),description:s("dashboard_description"),documentationURL:"https://github.com/stellarstack-home/ha-stellarstack/blob/main/docs/dashboard.md"}));zn("custom:stellarstack");
/*! Icons: Material Design Icons, https://pictogrammers.com, Apache License 2.0 */
/*! Bundled license information:

@lit/reactive-element/css-tag.js:
  (**
   * @license
   * Copyright 2019 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

@lit/reactive-element/reactive-element.js:
lit-html/lit-html.js:
lit-element/lit-element.js:
@lit/reactive-element/decorators/custom-element.js:
@lit/reactive-element/decorators/property.js:
@lit/reactive-element/decorators/state.js:
@lit/reactive-element/decorators/event-options.js:
@lit/reactive-element/decorators/base.js:
@lit/reactive-element/decorators/query.js:
@lit/reactive-element/decorators/query-all.js:
@lit/reactive-element/decorators/query-async.js:
@lit/reactive-element/decorators/query-assigned-nodes.js:
lit-html/directive.js:
  (**
   * @license
   * Copyright 2017 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

lit-html/is-server.js:
  (**
   * @license
   * Copyright 2022 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

@lit/reactive-element/decorators/query-assigned-elements.js:
  (**
   * @license
   * Copyright 2021 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

lit-html/directive-helpers.js:
lit-html/directives/live.js:
  (**
   * @license
   * Copyright 2020 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)
*/
